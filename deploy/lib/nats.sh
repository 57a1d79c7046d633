# The private NATS server: 127.0.0.1 only, a token, JetStream in the data folder.

start_nats() {
  if is_running nats && nats_health; then return; fi
  stop_processes TERM nats
  step nats 'starting'
  write_nats_files
  ENVIRONMENT=()
  spawn nats env -i PATH=/usr/sbin:/usr/bin:/bin nats-server -c "$DATA/secrets/nats.conf"
  wait_ready nats 30 nats_health
  step_done "started on port ${PORTS[nats]}"
}

write_nats_files() {
  local token store=${DATA//\\/\\\\}
  secret nats.token
  token=$(<"$SECRET")
  write_secret nats.conf "# Made by deploy/marquee at each start.
server_name: marquee
listen: \"127.0.0.1:${PORTS[nats]}\"
authorization { token: \"$token\" }
jetstream { store_dir: \"${store//\"/\\\"}/nats\", max_memory_store: 256MB, max_file_store: 2GB }
logtime: true"
  write_secret nats.url "nats://$token@127.0.0.1:${PORTS[nats]}"
}

# The server greets whoever connects.
nats_health() {
  local fd line=
  { exec {fd}<>"/dev/tcp/127.0.0.1/${PORTS[nats]:-0}"; } 2>/dev/null || return 1
  read -r -t 2 line <&"$fd" || true
  exec {fd}>&-
  [[ $line == 'INFO '* ]]
}
