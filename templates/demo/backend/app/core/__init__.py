"""Settings, logging and cryptography: what every other package builds on."""
