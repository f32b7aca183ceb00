# Ends the servers of a JVM that has died and removes their folder.
#
# The JVM sends this script through a pipe to `sh -s FOLDER`, and keeps the pipe open. When the JVM
# ends, however it ends, the pipe closes; what is then still there is cleared away. Servers are
# known by their working folder, so that a process id used again by a stranger is never hit.
{
folder=$1
trap '' HUP INT TERM
while read -r ignored; do :; done

data_folders() {
  for data in "$folder"/*/*/data; do
    if [ -d "$data" ]; then echo "$data"; fi
  done
}

servers() {
  if [ -e /proc/self/cwd ]; then
    for process in /proc/[0-9]*; do
      for data in "$folder"/*/*/data; do
        if [ "$process/cwd" -ef "$data" ]; then echo "${process#/proc/}"; fi
      done
    done
  else
    ps -A -o pid= -o ppid= -o command= | awk -v folder="$folder/" '
      { parent[$1] = $2; if (index($0, "postgres -D " folder)) server[$1] = 1 }
      END { for (pid in parent) if (server[pid] || server[parent[pid]]) print pid }'
  fi
}

# A server that is just being started may be missed once, not three times.
quiet=0
while [ -n "$(data_folders)" ] && [ "$quiet" -lt 3 ]; do
  found=$(servers)
  if [ -n "$found" ]; then
    quiet=0
    # Stopped first, so that none forks while the others are killed.
    kill -STOP $found 2>/dev/null
    kill -KILL $(servers) 2>/dev/null
  else
    quiet=$((quiet + 1))
  fi
  sleep 0.1 2>/dev/null || sleep 1
done

# A killed server leaves its small System V segment, named in line 7 of its pid file.
for data in $(data_folders); do
  segment=$(sed -n '7s/.* //p' "$data/postmaster.pid" 2>/dev/null)
  if [ -n "$segment" ]; then ipcrm -m "$segment" 2>/dev/null; fi
done
rm -rf "$folder"
exit
}
