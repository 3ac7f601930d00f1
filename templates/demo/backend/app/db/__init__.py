"""PostgreSQL through SQLAlchemy (session), Apache AGE through asyncpg (graph), and their schema."""
