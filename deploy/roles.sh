#!/bin/sh
# Runs once, when the database volume is empty: the two roles of Palier and its database.
# The owner migrates; the application may not change what is append-only.
set -eu

psql --no-psqlrc -v ON_ERROR_STOP=1 -v owner="$PALIER_OWNER_PASSWORD" -v app="$PALIER_APP_PASSWORD" \
  --username "${POSTGRES_USER:-postgres}" --dbname "${POSTGRES_DB:-postgres}" <<'SQL'
CREATE ROLE palier_owner LOGIN PASSWORD :'owner';
CREATE ROLE palier_app LOGIN PASSWORD :'app';
CREATE DATABASE palier OWNER palier_owner;
REVOKE ALL ON DATABASE palier FROM PUBLIC;
GRANT CONNECT ON DATABASE palier TO palier_app;
SQL
