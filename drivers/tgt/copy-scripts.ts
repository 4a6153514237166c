/** The shell scripts of snapshots and copies; see scripts.ts for the rules. */

/** How long tgtd is held at most, in hundredths of a second: well below what initiators wait for an answer. */
export const HELD_HUNDREDTHS_MAX = 200;
/** File descriptors 3 to 7 hold the locks of pools. */
export const SET_POOLS_MAX = 5;

/** The pool directories that LOCK_POOLS has locked. */
export const DIRECTORIES = '"$dir3" ${dir4:+"$dir4"} ${dir5:+"$dir5"} ${dir6:+"$dir6"} ${dir7:+"$dir7"}';

/** Takes the number of pool directories and these off the parameters, and locks them; each is waited for `$wait` seconds. */
export const LOCK_POOLS = `
dirs=$1 fd=3
shift
while [ "$dirs" -gt 0 ]; do
  [ -d "$1" ] || fail 94 "the pool directory $1 is not there"
  eval "exec $fd<\\"\\$1\\"; dir$fd=\\$1"
  flock -x -w "$wait" "$fd" || fail 75 "the pool directory $1 is locked"
  fd=$((fd + 1)) dirs=$((dirs - 1))
  shift
done`;

/** Of all scripts on sets: each member has ten parameters (SNAPSHOTS); what is made of it is `$as` and its name until it is put into place. */
export const SET_LIBRARY = `
each() { what=$1; shift; while [ $# -gt 0 ]; do $what "$@"; shift 10; done; }
check() {
  same_file "$3" "$4" "$5"
  new=$1/$7.img
  if [ -z "$9" ]; then
    [ ! -e "$new" ] && [ ! -L "$new" ] || fail 90 "$new is there"
  else
    same_file "$new" "$9" "\${10}"
    not_mapped "$new" "\${6%/*}/$7.img"
    not_open "$new"
  fi
}
drop() { [ -z "$9" ] || rm -- "$1/$7.img"; }
place() {
  mv -nT -- "$1/$as$7" "$1/$7.img"
  [ ! -e "$1/$as$7" ] || fail 90 "$1/$7.img is there"
}`;

/**
 * number of pool directories, these; then for each member: dir, pool, source, its native, its mark, its path as tgtd has it, name, origin
 * without its end, native and mark of the snapshot that is taken away for it ('' = none); stdin: attributes for setfattr --restore.
 * Prints of each snapshot what a pool listing has, NUL.
 *
 * A clone takes the lock of the file, as each write does: a snapshot of one volume is of one moment by itself. For several, each tgtd that
 * has one of them open is stopped while they are cloned. Its first thread takes commands and gives answers: once that stands still no
 * initiator learns that a write is done, so no write that waits for another one is begun.
 *
 * Nothing that dies may leave tgtd stopped. A watchdog, in a session of its own, wakes it when this script is gone or late, and goes on
 * waking it while the script is there, since that might only now come to stop it. Whoever was woken before all clones were made is
 * seen running, and the set isn't taken. The lock of tgtd's socket directory, which the watchdog holds as well, keeps two from mixing.
 */
export const SNAPSHOTS = `${SET_LIBRARY}
as=.coprhd-snap-
read_input
clean() {
  for fd in 3 4 5 6 7; do
    eval "dir=\\\${dir$fd-}"
    [ -z "$dir" ] || rm -f -- "$dir"/.coprhd-snap-*
  done
}
# pid: is its first thread stopped?
stopped() {
  read -r stat <"/proc/$1/stat" || return 1
  case \${stat##*) } in T*) ;; *) return 1 ;; esac
}
resume() { [ -z "$pids" ] || kill -s CONT $pids 2>/dev/null || :; }
clone() {
  said=$(LC_ALL=C cp --reflink=always -- "$3" "$1/.coprhd-snap-$7" 2>&1) || {
    case $said in
      *'not supported'* | *'Invalid argument'* | *'Inappropriate ioctl'*) fail 93 "the file system of $1 makes no snapshots: it has no reflinks" ;;
    esac
    echo "$said" >&2
    exit 1
  }
}
make() {
  tmp=$1/.coprhd-snap-$7
  : >"$tmp"
  clone "$@"
  id=$(native_of "$tmp")
  setfattr -n user.coprhd.identity -v "$2:$id" -- "$tmp"
}
# which tgtd has the source open
writers() {
  holder=
  for pid in $tgtds; do
    if [ -n "$(find -L "/proc/$pid/fd" -maxdepth 1 -samefile "$3" -print -quit 2>/dev/null)" ]; then
      holder=$pid
      case " $pids " in *" $pid "*) ;; *) pids="$pids $pid" ;; esac
    fi
  done
  [ -n "$holder" ] || [ -z "$(holders_of "$3" "$6")" ] || fail 93 "the tgtd that maps $3 is none of the processes here and can't be held"
}
origin() {
  setfattr -n user.coprhd.snapshot -v "$8$taken,\\"ioPausedMs\\":$paused}" -- "$1/.coprhd-snap-$7"
  sync -- "$1/.coprhd-snap-$7"
}
print() {
  stat --printf '%i %.9W %s %b %n\\0\\0' -- "$1/$7.img"
  getfattr --absolute-names -d -e base64 -m '^user[.]coprhd[.]' -- "$1/$7.img"
  printf '\\0'
}
wait=2
${LOCK_POOLS}
umask 077
pids= paused=0
clean
trap 'clean' EXIT
each check "$@"
taken=$(date +%s%3N)
each make "$@"
printf '%s' "$input" | setfattr --restore=-
if [ $# -gt 10 ]; then
  tgtds=
  for comm in /proc/[0-9]*/comm; do
    { read -r name <"$comm"; } 2>/dev/null || continue
    [ "$name" = tgtd ] || continue
    pid=\${comm#/proc/}
    tgtds="$tgtds \${pid%/comm}"
  done
  each writers "$@"
fi
if [ -n "$pids" ]; then
  exec 8<"\${TGT_IPC_SOCKET%/*}"
  flock -x -w 3 8 || fail 75 "a snapshot of other volumes is being made"
  watchdog=$(setsid sh -c '
    script=$1 ticks=$2 for=$3
    shift 3
    now() { read -r up rest </proc/uptime; now=$((\${up%.*} * 100 + 1\${up#*.} - 100)); }
    alive() {
      { read -r stat <"/proc/$script/stat"; } 2>/dev/null || return 1
      stat=\${stat##*) }
      case $stat in [ZX]*) return 1 ;; esac
      [ "$(echo "$stat" | cut -d" " -f20)" = "$ticks" ]
    }
    trap "kill -s CONT $*; exit 0" HUP INT TERM
    echo $$
    exec >/dev/null
    now
    until=$((now + for))
    while [ "$now" -lt "$until" ] && alive; do sleep 0.1; now; done
    while alive; do kill -s CONT "$@"; sleep 0.1; done
    kill -s CONT "$@"
  ' coprhd $$ "$(ticks_of $$)" ${HELD_HUNDREDTHS_MAX} $pids </dev/null 2>/dev/null 3<&- 4<&- 5<&- 6<&- 7<&- &)
  [ -n "$watchdog" ] || fail 75 "there is no watchdog"
  trap 'resume; clean' EXIT
  trap 'exit 98' HUP INT TERM
  began=$(date +%s%N)
  kill -s STOP $pids
  for pid in $pids; do
    tries=0
    until stopped "$pid"; do
      tries=$((tries + 1))
      [ "$tries" -lt 100 ] || fail 75 "tgtd does not stop"
      [ "$tries" -lt 20 ] || sleep 0.01
    done
  done
  taken=$(date +%s%3N)
  each clone "$@"
  late=
  for pid in $pids; do stopped "$pid" || late=yes; done
  resume
  paused=$((($(date +%s%N) - began + 999999) / 1000000))
  kill -s KILL -- "-$watchdog" 2>/dev/null || :
  exec 8<&-
  [ -z "$late" ] || fail 75 "the snapshots took longer than tgtd may be held; there are none"
fi
each origin "$@"
effect_begins 'clean; '
each drop "$@"
each place "$@"
sync -- ${DIRECTORIES}
each print "$@"
`;

/**
 * Of the target: dir, path, native, mark, path as tgtd has it, size, thin | thick; of the source: dir, path, native, mark, 1 = somebody may write
 * to it now; the copy, 1 = somebody says that no host uses the target although it may be logged in, the targets that map the volume (one a line), their tids; stdin: attributes for setfattr --restore. Prints the job:
 * "pid ticks boot", pid 0 when all is done.
 *
 * The file stays the same one, so the volume keeps its identity, and what tgtd has open. A thin volume becomes a clone where the file
 * system can. Else a job copies what the source holds now: a clone of it that has no name any more, or the source itself as long as it is not
 * written to. While the file is emptied, logins to the targets are refused.
 */
export const COPY_START = `
dir=$1 file=$2 native=$3 mark=$4 shown=$5 size=$6 kind=$7
shift 7
from_dir=$1 from=$2 from_native=$3 from_mark=$4 live=$5 copy=$6 attested=$7 held=$8
shift 8
read_input
lock_pool -x "$dir"
if [ "$from_dir" != "$dir" ]; then
  [ -d "$from_dir" ] || fail 94 "the pool directory $from_dir is not there"
  exec 7<"$from_dir"
  flock -x -w 2 7 || fail 75 "the pool directory $from_dir is locked"
fi
same_file "$file" "$native" "$mark"
same_file "$from" "$from_native" "$from_mark"
rm -f -- "$from_dir"/.coprhd-copy-*
job=$(attribute "$file" job)
if [ "$(attribute "$file" copy)" = "$copy" ]; then
  if [ "$(attribute "$file" copied)" = done ]; then echo '0 0 -'; exit 0; fi
  if job_alive $job; then echo "$job"; exit 0; fi
fi
! job_alive $job || fail 75 "another job writes to $file"
[ "$(holders_of "$file" "$shown")" = "$held" ] || fail 95 "$file is mapped by others than it was"
exec 8<>"$file"
flock -w 2 8 || fail 75 "$file is locked"
tmp=$from_dir/.coprhd-copy-$native
tids=$* names=$held
back='for tid in $tids; do target_state "$tid" ready || :; done; '
trap 'rm -f -- "$tmp"; '"$back" EXIT
for tid do
  target=\${names%%
*}
  names=\${names#*
}
  target_state "$tid" offline
  same_target "$tid" "$target"
  [ "$use" = idle ] || [ "$attested" = 1 ] || fail 91 "somebody is logged in to $target, which maps $file"
done
if cp --reflink=always -- "$from" "$tmp" 2>/dev/null; then
  exec 6<"$tmp"
else
  [ "$live" = 0 ] || fail 93 "$from is in use, and its file system has no reflinks: no copy of one moment can be made"
  exec 6<"$from"
fi
rm -f -- "$tmp"
effect_begins "$back"
printf '%s' "$input" | setfattr --restore=-
if [ "$kind" = thick ]; then
  fallocate -z -l "$size" -- "$file"
else
  truncate -s 0 -- "$file"
  done=
  ! cp --reflink=always -- /proc/self/fd/6 "$file" 2>/dev/null || done=yes
  truncate -s "$size" -- "$file"
fi
eval "$back"
effect_begins
if [ "$kind" = thin ] && [ -n "$done" ]; then
  sync -- "$file"
  setfattr -n user.coprhd.copied -v done -- "$file"
  sync -- "$file"
  echo '0 0 -'
  exit 0
fi
setsid nohup sh -eu -c '
  from=/proc/self/fd/6 file=/proc/self/fd/8
  state() { stat -L -c "%s %.9Y" $from; }
  was=$(state)
  size=\${was%% *} done=0 chunk=67108864
  while [ "$done" -lt "$size" ]; do
    [ "$(stat -L -c %h $file)" -gt 0 ] || exit 0
    rest=$((size - done)); [ "$rest" -lt "$chunk" ] || rest=$chunk
    dd if=$from of=$file bs=64K count=$rest skip=$done seek=$done iflag=count_bytes,skip_bytes oflag=seek_bytes conv=notrunc,nocreat,sparse,fdatasync status=none
    done=$((done + rest))
    setfattr -n user.coprhd.copied -v $done $file
  done
  [ "$(state)" = "$was" ] || exit 1
  [ "$1" = thin ] || setfattr -n user.coprhd.zeroed -v done $file
  sync $file
  setfattr -n user.coprhd.copied -v done $file
  sync $file
' coprhd "$kind" </dev/null >/dev/null 2>&1 7<&- 9<&- &
job="$! $(ticks_of $!) $(boot_id)"
setfattr -n user.coprhd.job -v "$job" -- "$file"
echo "$job"
`;
