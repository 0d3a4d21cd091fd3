#!/usr/bin/env bash
# Real Apache Kafka (KRaft, one node, loopback only) without Docker: needs JDK 17 or newer, and Maven to fetch it once.
#
#   infra/kafka-local.sh fetch|start|stop|status
#
#   KAFKA_VERSION          default 4.4.0
#   KAFKA_CACHE            folder of the jars, default <repository>/.cache/kafka
#   KAFKA_DIR              folder of this broker: data, settings, log, pid; default <repository>/.homeroom/kafka
#   KAFKA_PORT             default 9092
#   KAFKA_CONTROLLER_PORT  default KAFKA_PORT + 1
#   KAFKA_HEAP             default 512m
#   KAFKA_PROPERTIES       file of further broker settings; they win over those below
#   KAFKA_SCRAM            name=password of a user for SASL SCRAM-SHA-512, made with the data folder
#
# Exit status: 0 done, 1 failed (the reason on stderr), 2 wrong use, 3 status: not running.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
version=${KAFKA_VERSION:-4.4.0}
cache=${KAFKA_CACHE:-$repository/.cache/kafka}
dir=${KAFKA_DIR:-$repository/.homeroom/kafka}
port=${KAFKA_PORT:-9092}
controller_port=${KAFKA_CONTROLLER_PORT:-$((port + 1))}
heap=${KAFKA_HEAP:-512m}

libs=$cache/libs-$version
pid_file=$dir/kafka.pid
log_file=$dir/kafka.log
properties=$dir/server.properties
start_seconds=90
stop_seconds=30

fail() {
  echo "kafka-local: $*" >&2
  exit 1
}

# The process of our pid file, if it still is the broker of this folder: a pid may have passed to somebody else.
running_pid() {
  local pid
  [ -s "$pid_file" ] || return 1
  pid=$(cat "$pid_file")
  command_of "$pid" | grep -qF "kafka.Kafka $properties" || return 1
  echo "$pid"
}

command_of() {
  if [ -d /proc/self ]; then tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline"; else ps -ww -p "$1" -o command=; fi
}

# An ApiVersions request that is answered: the listener is open long before the broker serves.
answers() {
  local reply
  reply=$(
    exec 2>/dev/null
    exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 0
    printf '\x00\x00\x00\x0a\x00\x12\x00\x00\x00\x00\x00\x2a\xff\xff' >&3
    timeout 2 head -c 10 <&3 | od -An -v -tx1 | tr -d ' \n'
  ) || true
  # 4 bytes of length, the request's number (2a), no error
  [[ $reply =~ ^........0000002a0000$ ]]
}

port_taken() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

fetch() {
  [ -d "$libs" ] && return 0
  command -v mvn >/dev/null || fail "Maven (mvn) is not installed; it is needed once, to fetch Kafka $version into $cache"
  mkdir -p "$cache"
  local work
  work=$(mktemp -d "$cache/fetch.XXXXXX")
  cat >"$work/pom.xml" <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka-local</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version>
      <!-- named by kafka_2.13 but not published; the broker does not need it -->
      <exclusions>
        <exclusion><groupId>org.apache.kafka</groupId><artifactId>kafka-tools-api</artifactId></exclusion>
      </exclusions>
    </dependency>
    <!-- the version of slf4j-api that kafka_2.13 brings -->
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
XML
  echo "fetching Kafka $version (43 MB, once) …" >&2
  mvn -q -B -ntp -f "$work/pom.xml" \
    org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$work/libs" >&2 || {
    rm -rf "$work"
    fail "Maven could not fetch Kafka $version; its reason is above. Nothing was kept"
  }
  # Whole or not at all, also when two fetch at once.
  mv -T "$work/libs" "$libs" 2>/dev/null || [ -d "$libs" ] || mv "$work/libs" "$libs"
  rm -rf "$work"
}

write_properties() {
  cat >"$properties" <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller_port
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller_port
advertised.listeners=PLAINTEXT://127.0.0.1:$port
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=$dir/data
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
# After kill -9 the broker may register again only when its old session is over (default 9 s).
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
num.network.threads=2
num.io.threads=4
PROPERTIES
  if [ -n "${KAFKA_PROPERTIES:-}" ]; then cat "$KAFKA_PROPERTIES" >>"$properties"; fi
}

run_java() {
  java -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$libs/*" "$@"
}

start() {
  local pid
  if pid=$(running_pid); then
    wait_until_up "$pid"
    return
  fi
  command -v java >/dev/null || fail "Java is not installed; Kafka $version needs JDK 17 or newer"
  # A killed broker may hold its port for a moment longer.
  for wanted in "$port" "$controller_port"; do
    for _ in $(seq 1 50); do
      port_taken "$wanted" || continue 2
      sleep 0.1
    done
    fail "port $wanted is taken by something else; set KAFKA_PORT. Nothing was started"
  done
  fetch
  mkdir -p "$dir"
  write_properties
  if [ ! -f "$dir/data/meta.properties" ]; then
    local user=()
    if [ -n "${KAFKA_SCRAM:-}" ]; then
      user=(--add-scram "SCRAM-SHA-512=[name=${KAFKA_SCRAM%%=*},password=${KAFKA_SCRAM#*=}]")
    fi
    run_java kafka.tools.StorageTool format -t "$(run_java kafka.tools.StorageTool random-uuid)" -c "$properties" \
      ${user[@]+"${user[@]}"} >"$dir/format.log" 2>&1 || fail "the data folder could not be prepared: $(tail -3 "$dir/format.log")"
  fi
  nohup java -Xms128m "-Xmx$heap" -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$libs/*" \
    kafka.Kafka "$properties" >>"$log_file" 2>&1 </dev/null &
  echo $! >"$pid_file"
  wait_until_up $!
}

wait_until_up() {
  local deadline=$((SECONDS + start_seconds))
  while [ $SECONDS -lt $deadline ]; do
    if answers; then
      echo "Kafka $version answers on 127.0.0.1:$port, pid $1"
      return 0
    fi
    kill -0 "$1" 2>/dev/null || fail "the broker ended while starting; the end of $log_file: $(tail -5 "$log_file")"
    sleep 0.1
  done
  fail "the broker (pid $1) does not answer after $start_seconds s; see $log_file"
}

stop() {
  local pid deadline=$((SECONDS + stop_seconds))
  if pid=$(running_pid); then
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do
      if [ $SECONDS -ge $deadline ]; then
        kill -9 "$pid" 2>/dev/null || true
      fi
      sleep 0.1
    done
  fi
  rm -f "$pid_file"
  echo "stopped"
}

status() {
  local pid
  pid=$(running_pid) || {
    echo "not running"
    exit 3
  }
  answers || {
    echo "starting, pid $pid"
    exit 3
  }
  echo "Kafka $version answers on 127.0.0.1:$port, pid $pid"
}

case "${1:-}" in
  fetch) fetch ;;
  start) start ;;
  stop) stop ;;
  status) status ;;
  *)
    echo "usage: $0 fetch|start|stop|status" >&2
    exit 2
    ;;
esac
