-- What the apache/age image does on first start. A directory mounted over this one replaces it.
CREATE EXTENSION IF NOT EXISTS age;
