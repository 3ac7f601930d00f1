/** The text inside each backup that tells how to restore it without this program. Pure. */

export const README =
  `This is a backup of an RxDx stack, made by rxdx-setup. rxdx-setup is not needed to
restore it: age, tar and PostgreSQL's own programs are enough.

  age --decrypt --identity key.txt BACKUP.tar.age | tar --extract --directory restored

  config/            rxdx.yml, .env with the secrets, Compose and nginx files, certificates
  globals.sql        roles of the database
  database.dump.*    pg_dump's custom format, cut into parts (PostgreSQL 17; zstd inside)
  uploads.tar.*      uploaded files as a tar archive, cut into parts
  logs/  logs.tar.*  only where asked for: what each container said, the application's log files
  manifest.json      sums of all that, counts and digests of every table and graph

The database, into an empty PostgreSQL 17 with Apache AGE. ROLE is database.user of manifest.json:

  psql --username=ROLE --dbname=postgres --file=globals.sql    ("already exists" does no harm)
  cat database.dump.* | pg_restore --username=ROLE --dbname=postgres --create --exit-on-error
  psql --username=ROLE --dbname=NAME --file=graphs.sql

graphs.sql, beside this file, gives the graphs their object ids on the new server. Without it Cypher
fails, at once or when a new graph gets an old number, by the version of AGE (apache/age#2503).

The uploads, into the volume that the application writes to:

  cat uploads.tar.* | tar --extract --directory /path/of/the/volume
`;
