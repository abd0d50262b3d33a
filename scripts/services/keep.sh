# usage: keep.sh FOLDER STOP COMMAND…
# Runs a server for as long as whoever started it holds our standard input open. That ends with the starter, however it
# ends (SIGKILL too), so no server outlives it. Then the shell line STOP ends $server, and FOLDER with its data goes.
folder=$1 stop=$2
shift 2
trap 'eval "$stop"' HUP INT TERM
exec 3<&0
echo $$ >"$folder/keeper" # for whoever finds the folder after this shell was killed

"$@" </dev/null 3<&- >>"$folder/log" 2>&1 &
server=$!
(
  read -r _ <&3
  eval "$stop"
) >/dev/null 2>&1 &
watcher=$!

while kill -0 "$server" 2>/dev/null; do wait "$server" 2>/dev/null; done # a trap cuts a wait short
kill "$watcher" 2>/dev/null
tail -n 20 "$folder/log" # why, when nobody asked it to end
rm -rf "$folder"
