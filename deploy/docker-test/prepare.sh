#!/bin/sh
# Builds local/debian:12-slim, local/kafka:4.3.1 and local/postgres:18 on a machine whose engine can pull no images.
# Needs root, docker, debootstrap and a folder with the broker's jars: sh prepare.sh .run/cache/jars
set -eu
jars=${1:?give the folder of the jars: .run/cache/jars}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ! docker image inspect local/debian:12-slim > /dev/null 2>&1; then
  debootstrap --variant=minbase --include=ca-certificates bookworm "$work/base"
  # The machine's own certificates, so that packages can be fetched from inside a build.
  cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/"
  tar -C "$work/base" -c . | docker import \
    -c 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' - local/debian:12-slim
fi
mkdir "$work/kafka"
cp "$here/kafka/"* "$work/kafka/"
mkdir "$work/kafka/jars"
find "$jars" -maxdepth 1 -name '*.jar' ! -name 'zipkin-*' -exec cp {} "$work/kafka/jars/" \;
docker build --network=host --build-arg BASE=local/debian:12-slim -t local/kafka:4.3.1 "$work/kafka"
docker build --network=host --build-arg BASE=local/debian:12-slim -t local/postgres:18 "$here/postgres"
