#!/bin/bash
# Prepares the application's database for Apache AGE: extension, graph, grants.
#
# Written by rxdx-setup. The PostgreSQL image runs every file of this directory once, in order of name,
# when it starts on an empty data directory; an existing database is never touched by it. Running it
# again by hand changes nothing:
#   docker compose exec postgres bash /docker-entrypoint-initdb.d/10-age.sh
#
# The image sources this file where it is not executable, so everything happens in a subshell: no
# option, variable or exit of ours reaches the entrypoint. The temporary server of the first start
# listens on the socket only, which pg_hba.conf trusts; no password is needed here.
(
  set -eu
  user="${POSTGRES_USER:-postgres}"
  database="${POSTGRES_DB:-$user}"
  graph="${AGE_GRAPH_NAME:-rxdx_graph}"

  # Names travel as psql variables: :'graph' is quoted as a string, :"role" as an identifier, so any
  # name is safe and no role is assumed (production's is not called rxdx).
  psql --no-psqlrc --quiet --no-password --output /dev/null \
    --username "$user" --dbname "$database" \
    --set ON_ERROR_STOP=1 --set role="$user" --set graph="$graph" <<'SQL'
BEGIN;
CREATE EXTENSION IF NOT EXISTS age;
LOAD 'age';
-- For this session only. The application sets its own search_path in every graph session; a changed
-- default would put ag_catalog in front of public for the relational tables too.
SET LOCAL search_path = ag_catalog, "$user", public;

SELECT create_graph(:'graph')
 WHERE NOT EXISTS (SELECT FROM ag_catalog.ag_graph WHERE name = :'graph');

-- For the day the application's role is no longer the one that created the database.
GRANT USAGE ON SCHEMA ag_catalog TO :"role";
GRANT SELECT ON ALL TABLES IN SCHEMA ag_catalog TO :"role";
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ag_catalog TO :"role";
COMMIT;
SQL
  echo "10-age.sh: Apache AGE is ready in database \"$database\", graph \"$graph\", role \"$user\""
)
