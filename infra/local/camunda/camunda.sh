#!/usr/bin/env bash
# A real Camunda on 127.0.0.1, from its Maven artifact. Usage: see usage() or --help.
set -euo pipefail

VERSION=8.6.0

usage() {
  cat <<END
A real Camunda $VERSION (Zeebe with its REST API) on 127.0.0.1: no Docker, no Elasticsearch, no authentication.

  npm run camunda                       starts it; the first time it downloads 300 MB
  npm run camunda -- gateway            starts a separate REST gateway in front of it (port 8081), so that the
                                        broker behind can be stopped or hung
  npm run camunda -- check              says whether what a start needs is installed
  npm run camunda:tasks -- 10           makes ten open, assigned user tasks and prints their keys
  npm run camunda:issuer                an OAuth issuer, for a cluster that checks tokens
  npm run camunda:stop                  stops gateway and broker (-- broker or -- gateway: only that one)

Needs Java 21 or later, and for the first start Maven; and curl.

A start prints CAMUNDA_REST_ADDRESS, CAMUNDA_MANAGEMENT_ADDRESS, CAMUNDA_PID and CAMUNDA_LOG on its standard
output, one a line, and everything else on standard error.

Environment, all optional:
  REAL_CAMUNDA_DIR   scratch folder                                  (real-camunda in the temporary folder)
  CLUSTER            name of the cluster, so that several can run; its data, logs and process ids are in
                     REAL_CAMUNDA_DIR/<name>                                                      (default)
  JAVA_HOME          a Java 21 or later; without it the usual places are searched
  JAVA_OPTS          more options for that Java
  HEAP               most memory for its heap                                                          (1g)
  PORT, MGMT_PORT    REST and management           (8080 and 9600; with gateway: GW_PORT 8081, GW_MGMT_PORT 9601)
  GRPC_PORT          26500; the next two are the broker's internal ports, the two after those the gateway's
  PARTITIONS         number of partitions                                                                (1)
  FIXED_LIMIT        a fixed backpressure limit for each partition, such as 1      (Camunda's own, adaptive)
  REQUEST_TIMEOUT    how long the gateway waits for the broker, such as 3s              (Camunda's own, 15s)
  KEEP_DATA=1        keep the data of the run before                                           (fresh data)
  START_TIMEOUT      seconds until a start counts as failed                                            (180)
  QUIET=1            leave out what to do next
  PURGE=1            for stop: also remove the cluster's folder; the downloaded Camunda stays
Any other variable that starts with ZEEBE_BROKER_, ZEEBE_GATEWAY_, CAMUNDA_ or SPRING_ reaches Camunda as it is.
END
}

say() { echo "$*" >&2; }
fail() { say "$*"; exit 1; }

# One line that is overwritten on a terminal, and elsewhere a line every ten seconds.
progress() {
  if [ -t 2 ]; then printf '\r\033[K%s' "$1" >&2
  elif [ $((SECONDS % 10)) = 0 ] && [ "${progress_said:-}" != $SECONDS ]; then say "$1"; progress_said=$SECONDS
  fi
}
end_progress() { if [ -t 2 ]; then printf '\r\033[K' >&2; fi; }

find_java() {
  local candidate version beside
  beside=$(readlink -f "$(command -v java || echo none)" || true)
  beside=${beside%/*/bin/java}
  for candidate in ${JAVA_HOME:+"$JAVA_HOME/bin/java"} "$(command -v java || true)" "$beside"/*/bin/java \
    /usr/lib/jvm/*/bin/java "${HOME:-}"/.sdkman/candidates/java/*/bin/java \
    /opt/homebrew/opt/openjdk*/bin/java /Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java; do
    [ -x "$candidate" ] || continue
    version=$("$candidate" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)
    if [ "${version:-0}" -ge 21 ]; then echo "$candidate"; return; fi
  done
}

check() {
  local missing=()
  JAVA=$(find_java)
  [ -n "$JAVA" ] || missing+=("Java 21 or later (https://adoptium.net; where it is installed but not found, set JAVA_HOME)")
  [ -d "$DIST/lib" ] || command -v mvn >/dev/null || missing+=("Maven (https://maven.apache.org/install.html, or apt install maven, brew install maven)")
  command -v curl >/dev/null || missing+=("curl (apt install curl, brew install curl)")
  [ ${#missing[@]} = 0 ] && return
  say "A real Camunda cannot start here. Missing:"
  printf '  - %s\n' "${missing[@]}" >&2
  exit 3
}

# The id of the component's process, unless it ended and its id went to another program.
running() {
  local pid
  pid=$(cat "$CLUSTER_DIR/$1.pid" 2>/dev/null) || return 1
  ps -p "$pid" -o command= 2>/dev/null | grep -q io.camunda.application && echo "$pid"
}

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

download() {
  local unpacked log pid
  [ -d "$DIST/lib" ] && return
  mkdir -p "$DIR"
  unpacked=$(mktemp -d "$DIR/download.XXXXXX")
  log=$unpacked/maven.log
  # shellcheck disable=SC2064 # the folder of now is meant
  trap "rm -rf '$unpacked'" EXIT
  say "Downloading Camunda $VERSION, about 300 MB, this once"
  JAVA_HOME=${JAVA%/bin/java} mvn -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact=io.camunda:camunda-zeebe:$VERSION:tar.gz -DoutputDirectory="$unpacked" >"$log" 2>&1 &
  pid=$!
  SECONDS=0
  while kill -0 $pid 2>/dev/null; do progress "Downloading … $SECONDS s$(downloaded)"; sleep 1; done
  end_progress
  wait $pid || { tail -n 30 "$log" >&2; fail "Maven could not download io.camunda:camunda-zeebe:$VERSION:tar.gz, see above"; }
  say "Unpacking"
  tar xzf "$unpacked/camunda-zeebe-$VERSION.tar.gz" -C "$unpacked"
  # moved in one step: a folder that is there is whole
  [ -d "$DIST" ] || mv "$unpacked/camunda-zeebe-$VERSION" "$DIST"
  rm -rf "$unpacked"
  trap - EXIT
}
downloaded() {
  local size
  size=$(du -sm "${HOME:-}/.m2/repository/io/camunda/camunda-zeebe/$VERSION" 2>/dev/null | cut -f 1) || return 0
  [ -z "$size" ] || echo ", $size MB"
}

configure_broker() {
  export ZEEBE_BROKER_DATA_DIRECTORY=$CLUSTER_DIR/data
  export ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT=$PARTITIONS
  export ZEEBE_BROKER_NETWORK_HOST=127.0.0.1
  export ZEEBE_BROKER_NETWORK_COMMANDAPI_PORT=$((GRPC_PORT + 1))
  export ZEEBE_BROKER_NETWORK_INTERNALAPI_PORT=$((GRPC_PORT + 2))
  export ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS=${ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS:-127.0.0.1:$((GRPC_PORT + 2))}
  export ZEEBE_BROKER_GATEWAY_NETWORK_HOST=127.0.0.1 ZEEBE_BROKER_GATEWAY_NETWORK_PORT=$GRPC_PORT
  if [ -n "${FIXED_LIMIT:-}" ]; then
    export ZEEBE_BROKER_BACKPRESSURE_ENABLED=true ZEEBE_BROKER_BACKPRESSURE_ALGORITHM=fixed
    export ZEEBE_BROKER_BACKPRESSURE_FIXED_LIMIT=$FIXED_LIMIT
  fi
  [ -z "${REQUEST_TIMEOUT:-}" ] || export ZEEBE_BROKER_GATEWAY_CLUSTER_REQUESTTIMEOUT=$REQUEST_TIMEOUT
  [ "${KEEP_DATA:-}" = 1 ] || rm -rf "$CLUSTER_DIR/data"
}

configure_gateway() {
  export ZEEBE_GATEWAY_NETWORK_HOST=127.0.0.1 ZEEBE_GATEWAY_NETWORK_PORT=$((GRPC_PORT + 3))
  export ZEEBE_GATEWAY_CLUSTER_HOST=127.0.0.1 ZEEBE_GATEWAY_CLUSTER_PORT=$((GRPC_PORT + 4))
  export ZEEBE_GATEWAY_CLUSTER_INITIALCONTACTPOINTS=127.0.0.1:$((GRPC_PORT + 2))
  [ -z "${REQUEST_TIMEOUT:-}" ] || export ZEEBE_GATEWAY_CLUSTER_REQUESTTIMEOUT=$REQUEST_TIMEOUT
}

# Every partition has a leader. Where authentication is on (401), the readiness probe has to do.
ready() {
  local topology
  topology=$(curl -s -m 5 "http://127.0.0.1:$PORT/v2/topology" || true)
  case $topology in
    *'"status":401'*)
      [ "$(curl -s -m 5 -o /dev/null -w '%{http_code}' "http://127.0.0.1:$MGMT_PORT/actuator/health/readiness")" = 200 ] ;;
    *) [ "$(echo "$topology" | grep -o '"role":"leader"' | wc -l)" -ge "$PARTITIONS" ] ;;
  esac
}

start() {
  local component=$1 main pid port ports log=$CLUSTER_DIR/$1.log
  GRPC_PORT=${GRPC_PORT:-26500} PARTITIONS=${PARTITIONS:-1}
  case $component in
    broker)
      PORT=${PORT:-8080} MGMT_PORT=${MGMT_PORT:-9600} main=io.camunda.application.StandaloneBroker
      ports="$PORT $MGMT_PORT $GRPC_PORT $((GRPC_PORT + 1)) $((GRPC_PORT + 2))" ;;
    gateway)
      PORT=${GW_PORT:-8081} MGMT_PORT=${GW_MGMT_PORT:-9601} main=io.camunda.application.StandaloneGateway
      ports="$PORT $MGMT_PORT $((GRPC_PORT + 3)) $((GRPC_PORT + 4))" ;;
  esac
  check
  if pid=$(running "$component"); then fail "The $component is already running (process $pid): npm run camunda:stop ends it"; fi
  for port in $ports; do
    if taken "$port"; then
      fail "Port $port of 127.0.0.1 is taken. End what listens there, or choose others: PORT, MGMT_PORT, GRPC_PORT, GW_PORT, GW_MGMT_PORT (npm run camunda -- --help)"
    fi
  done
  download
  mkdir -p "$CLUSTER_DIR"
  "configure_$component"
  export SERVER_ADDRESS=127.0.0.1 SERVER_PORT=$PORT
  export MANAGEMENT_SERVER_ADDRESS=127.0.0.1 MANAGEMENT_SERVER_PORT=$MGMT_PORT

  cd "$CLUSTER_DIR"
  # its own session where there is setsid: Ctrl-C in this terminal is not meant for it
  # shellcheck disable=SC2046,SC2086 # words are meant
  nohup $(command -v setsid || true) "$JAVA" -Xmx"${HEAP:-1g}" -XX:+ExitOnOutOfMemoryError -Dfile.encoding=UTF-8 \
    -Djava.io.tmpdir="$CLUSTER_DIR" ${JAVA_OPTS:-} -cp "$DIST/config:$DIST/lib/*" \
    -Dapp.home="$DIST" -Dbasedir="$CLUSTER_DIR" $main >"$log" 2>&1 </dev/null &
  pid=$!
  echo $pid >"$CLUSTER_DIR/$component.pid"
  trap 'end_progress; stop "$component"; exit 130' INT TERM

  SECONDS=0
  until ready; do
    if ! kill -0 $pid 2>/dev/null; then
      end_progress; tail -n 20 "$log" >&2; rm -f "$CLUSTER_DIR/$component.pid"
      fail "The $component ended while it started, see above and $log"
    fi
    if [ $SECONDS -ge "${START_TIMEOUT:-180}" ]; then
      end_progress; stop "$component"; fail "The $component was not ready after $SECONDS s, see $log"
    fi
    progress "Starting the $component … $SECONDS s"
    sleep 0.5
  done
  trap - INT TERM
  end_progress
  say "Camunda $VERSION's $component is up after $SECONDS s"
  echo "CAMUNDA_REST_ADDRESS=http://127.0.0.1:$PORT"
  echo "CAMUNDA_MANAGEMENT_ADDRESS=http://127.0.0.1:$MGMT_PORT"
  echo "CAMUNDA_PID=$pid"
  echo "CAMUNDA_LOG=$log"
  [ "${QUIET:-}" = 1 ] || what_next
}

what_next() {
  local cluster=""
  [ "$CLUSTER" = default ] || cluster="CLUSTER=$CLUSTER "
  say
  say "Next:"
  say "  export CAMUNDA_REST_ADDRESS=http://127.0.0.1:$PORT"
  [ "$MGMT_PORT" = 9600 ] || say "  export CAMUNDA_MANAGEMENT_ADDRESS=http://127.0.0.1:$MGMT_PORT"
  say "  npm run camunda:tasks -- 10   makes ten open, assigned user tasks and prints their keys"
  say "  npm start                     the function and its queues, with this cluster"
  say "  npm run test:cluster          the tests of the function, with this cluster"
  say "  ${cluster}npm run camunda:stop"
}

stop() {
  local pid
  if ! pid=$(running "$1"); then rm -f "$CLUSTER_DIR/$1.pid"; return 0; fi
  kill -CONT "$pid" 2>/dev/null || true # a hung one could not end
  kill "$pid" 2>/dev/null || true
  SECONDS=0
  while kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt 30 ]; do progress "Stopping the $1 …"; sleep 0.2; done
  end_progress
  if kill -9 "$pid" 2>/dev/null; then say "The $1 (process $pid) did not end within 30 s and was killed"
  else say "The $1 (process $pid) is stopped"; fi
  rm -f "$CLUSTER_DIR/$1.pid"
}

stop_all() {
  if ! running gateway >/dev/null && ! running broker >/dev/null; then
    say "Nothing of the cluster '$CLUSTER' is running"
  fi
  case ${1:-all} in
    all) stop gateway; stop broker ;;
    broker | gateway) stop "$1" ;;
    *) usage; exit 2 ;;
  esac
  if [ "${PURGE:-}" = 1 ]; then rm -rf "$CLUSTER_DIR"; fi
}

DIR=${REAL_CAMUNDA_DIR:-${TMPDIR:-/tmp}/real-camunda}
case $DIR in /*) ;; *) DIR=$PWD/$DIR ;; esac
DIR=${DIR//\/\///}
CLUSTER=${CLUSTER:-default}
case $CLUSTER in *[!A-Za-z0-9_-]*) fail "CLUSTER is a name of letters, digits, - and _" ;; esac
CLUSTER_DIR=$DIR/$CLUSTER
DIST=$DIR/camunda-zeebe-$VERSION
for argument in "$@"; do
  case $argument in -h | --help) usage; exit 0 ;; esac
done

command=${1:-help}
[ $# = 0 ] || shift
case $command:${1:-} in
  start: | start:broker) start broker ;;
  start:gateway) start gateway ;;
  start:check | check:) check; say "All there: $JAVA" ;;
  stop:*) stop_all "$@" ;;
  *) usage >&2; exit 2 ;;
esac
