/**
 * The removal of an account as one transaction. Whether anything refers to it is asked of every column
 * that could: those of type uuid, and the properties of every node and edge of the graphs.
 */
export const REMOVE = `BEGIN;
LOAD 'age';
SET LOCAL search_path = public, ag_catalog;
SET LOCAL lock_timeout = '10s';
CREATE FUNCTION pg_temp.rxdx_remove(address text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  account record;
  place record;
  found boolean;
BEGIN
  -- So that two administrators cannot be removed by each other at once.
  LOCK TABLE public.users IN SHARE ROW EXCLUSIVE MODE;
  SELECT id, role::text AS role, is_active INTO account
    FROM public.users WHERE lower(email) = lower(address);
  IF NOT FOUND THEN RETURN 'missing'; END IF;
  IF account.is_active AND account.role ILIKE 'admin' AND NOT EXISTS (
    SELECT FROM public.users
      WHERE is_active AND role::text ILIKE 'admin' AND id <> account.id
  ) THEN RETURN 'last-admin'; END IF;
  FOR place IN
    SELECT format('%I.%I', table_schema, table_name) AS name, format('%I', column_name) AS field
      FROM information_schema.columns JOIN information_schema.tables
        USING (table_catalog, table_schema, table_name)
      WHERE table_type = 'BASE TABLE' AND data_type = 'uuid'
        AND table_schema NOT IN ('pg_catalog', 'information_schema', 'ag_catalog')
        AND (table_schema, table_name, column_name) <> ('public', 'users', 'id')
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %s = $1)', place.name, place.field)
      INTO found USING account.id;
    IF found THEN
      UPDATE public.users SET is_active = false WHERE id = account.id;
      RETURN 'deactivated';
    END IF;
  END LOOP;
  -- A cast to text refuses maps. _ag_label_vertex and _ag_label_edge are the parents of all others.
  FOR place IN
    SELECT relation::text AS name FROM ag_catalog.ag_label
      WHERE name IN ('_ag_label_vertex', '_ag_label_edge')
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE strpos(ag_catalog.agtype_out(properties)::text, $1) > 0)',
      place.name)
      INTO found USING account.id::text;
    IF found THEN
      UPDATE public.users SET is_active = false WHERE id = account.id;
      RETURN 'deactivated';
    END IF;
  END LOOP;
  DELETE FROM public.users WHERE id = account.id;
  RETURN 'deleted';
END $$;
SELECT pg_temp.rxdx_remove(:'email');
COMMIT;
`;
