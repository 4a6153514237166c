/**
 * The shell scripts of snapshots that are full copies, where the file system shares no blocks; see scripts.ts for the rules and
 * copy-scripts.ts for the parameters of sets.
 *
 * A job copies into files that nobody sees, `.coprhd-full-<name>`, and puts all of them into place at its end, under the locks of their pools. The lead,
 * the file of the first member, is locked as long as the job lives: by that it is told from one that died, whose files the next job takes away.
 *
 * They are of one moment because no source is written to between begin and end of the job: the time of its last write is
 * compared again and again. Who writes has the job end without any snapshot.
 */
import { DIRECTORIES, LOCK_POOLS, SET_LIBRARY } from './copy-scripts.ts';

const FULL_LIBRARY = `${SET_LIBRARY}
as=.coprhd-full- mine=
note() { mine="$mine$1/$as$7
"; }
# what \`each note\` has noted; a trap in bash has not the parameters of its script
clean() { printf '%s' "$mine" | while IFS= read -r tmp; do rm -f -- "$tmp"; done; }
`;

/** lead, then as SNAPSHOTS. Runs by itself; says who it is on the lead before anything else. */
export const FULL_JOB = `${FULL_LIBRARY}
lead=$1
shift
setfattr -n user.coprhd.job -v "$$ $(ticks_of $$) $(boot_id)" -- "$lead"
count=$1
shift
# members come after the pools
all() { what=$1; shift; shift "$count"; each "$what" "$@"; }
state() { stat -c '%i.%.9W %s %.9Y' -- "$1"; }
remember() { setfattr -n user.coprhd.was -v "$(state "$3")" -- "$1/$as$7"; }
same() { [ "$(state "$3")" = "$(attribute "$1/$as$7" was)" ] || fail 92 "somebody has written to $3"; }
copy() {
  size=$(stat -c %s -- "$3") at=0
  while [ "$at" -lt "$size" ]; do
    same "$@"
    rest=$((size - at)); [ "$rest" -lt "$chunk" ] || rest=$chunk
    dd if="$3" of="$1/$as$7" bs=64K count=$rest skip=$at seek=$at iflag=count_bytes,skip_bytes oflag=seek_bytes conv=notrunc,nocreat,sparse,fdatasync status=none
    at=$((at + rest)) through=$((through + rest))
    setfattr -n user.coprhd.copied -v $through -- "$lead"
  done
}
seal() {
  tmp=$1/$as$7
  setfattr -n user.coprhd.snapshot -v "$8$taken}" -- "$tmp"
  for name in was begun lead; do setfattr -x "user.coprhd.$name" -- "$tmp"; done
  sync -- "$tmp"
}
all note "$@"
trap clean EXIT
chunk=67108864 through=0
all remember "$@"
# clocks of file systems are coarse: what is written from now on has another time than what was written before
sleep 0.2
taken=$(date +%s%3N)
all copy "$@"
set -- "$count" "$@"
wait=60
${LOCK_POOLS}
each same "$@"
each check "$@"
each seal "$@"
for name in job copied; do setfattr -x "user.coprhd.$name" -- "$lead"; done
each drop "$@"
each place "$@"
sync -- ${DIRECTORIES}
`;

/**
 * FULL_JOB with its library, then as SNAPSHOTS; stdin: attributes for setfattr --restore. Prints the job: "pid ticks boot"; of one
 * that is under way already, that one.
 */
export const FULL_START = `${FULL_LIBRARY}
read_input
job_text=$1
shift
wait=2
${LOCK_POOLS}
umask 077
lead=$1/$as$7
# whether the job of a lead lives
lives() { [ -f "$1" ] && ! flock -n -- "$1" true; }
if lives "$lead"; then
  [ "$(attribute "$lead" begun)" = "$8" ] || fail 75 "another copy of $3 is being made"
  job=$(attribute "$lead" job)
  [ -n "$job" ] || fail 75 "the job is only beginning"
  echo "$job"
  exit 0
fi
for dir in ${DIRECTORIES}; do
  for tmp in "$dir/$as"*; do
    [ -f "$tmp" ] || continue
    lives "$(attribute "$tmp" lead)" || rm -f -- "$tmp"
  done
done
each check "$@"
fits() {
  [ "$1" = "$dir" ] || return 0
  free=$((free - $(stat -c '%b * %B' -- "$3")))
  [ "$free" -ge 0 ] || fail 1 "No space left on device: $dir has no room for all that $3 holds"
}
for dir in ${DIRECTORIES}; do
  free=$(($(stat -f -c '%a * %S' -- "$dir")))
  each fits "$@"
done
begin() {
  tmp=$1/$as$7
  : >"$tmp"
  truncate -s "$(stat -c %s -- "$3")" -- "$tmp"
  setfattr -n user.coprhd.identity -v "$2:$(native_of "$tmp")" -- "$tmp"
  setfattr -n user.coprhd.begun -v "$8" -- "$tmp"
  setfattr -n user.coprhd.lead -v "$lead" -- "$tmp"
}
each note "$@"
trap clean EXIT
each begin "$@"
printf '%s' "$input" | setfattr --restore=-
exec 8<>"$lead"
flock -n 8 || fail 75 "$lead is locked"
trap - EXIT
effect_begins
setsid nohup sh -eu -c "$job_text" coprhd "$port" 0 "$lead" $((fd - 3)) ${DIRECTORIES} "$@" </dev/null >/dev/null 2>&1 3<&- 4<&- 5<&- 6<&- 7<&- &
job="$! $(ticks_of $!) $(boot_id)"
tries=0
while [ $tries -lt 40 ] && job_alive $job && [ -z "$(attribute "$lead" job)" ]; do sleep 0.05; tries=$((tries + 1)); done
echo "$job"
`;

/** As SNAPSHOTS, without input. Ends the job, and takes away what it has made so far. */
export const FULL_CANCEL = `${FULL_LIBRARY}
wait=2
${LOCK_POOLS}
lead=$1/$as$7
if [ -f "$lead" ] && ! flock -n -- "$lead" true; then
  job=$(attribute "$lead" job)
  [ "$(attribute "$lead" begun)" = "$8" ] || exit 0
  [ -n "$job" ] || fail 75 "the job is only beginning"
  ! job_alive $job || kill -s KILL -- "-\${job%% *}" 2>/dev/null || :
  flock -w 2 -- "$lead" true || fail 75 "the job does not end"
fi
each note "$@"
clean
`;

/** lead. How many bytes of the set are copied; nothing when there is no job. */
export const FULL_PROGRESS = `
attribute "$1" copied
`;
