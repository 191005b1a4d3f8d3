#!/bin/sh
# Makes a fresh data folder with passwords, the wanted database, and only then listens beyond the container.
set -eu
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
echo "${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD}" > /tmp/password
initdb -D /data/db -U "$user" --pwfile=/tmp/password -A scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync > /dev/null
rm /tmp/password
echo "local all all trust" > /data/db/pg_hba.conf
echo "host all all all scram-sha-256" >> /data/db/pg_hba.conf
pg_ctl -D /data/db -w -o "-c listen_addresses= -k /tmp" start > /dev/null
[ "$database" = postgres ] || createdb -h /tmp -U "$user" "$database"
pg_ctl -D /data/db -w stop > /dev/null
exec postgres -D /data/db -c listen_addresses='*' -c fsync=off -k /tmp
