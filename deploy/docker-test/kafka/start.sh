#!/bin/sh
# Formats a fresh node and runs it; clients are told the address in KAFKA_ADVERTISED_LISTENERS.
set -eu
cat > /data/server.properties <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093
advertised.listeners=${KAFKA_ADVERTISED_LISTENERS:-PLAINTEXT://127.0.0.1:9092}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=/data/log
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=8388608
auto.create.topics.enable=false
EOF
java_small() { java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "$@"; }
java_small -Xmx64m -cp '/opt/kafka/lib/*' kafka.tools.StorageTool format -t 4L6g3nShT-eMCtK--X86sw \
  -c /data/server.properties > /dev/null
exec java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx256m -cp '/opt/kafka/lib/*' kafka.Kafka /data/server.properties
