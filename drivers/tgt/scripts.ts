/**
 * The shell scripts of the driver, POSIX sh, run by client.ts with `-eu` after SHELL_LIBRARY. They are scripts and not
 * single commands where a check and a change must not come apart: under the lock of the pool directory, or between two
 * tgtadm calls. A script once started goes on when coprhd dies. Exit codes are those of parse/failure.ts.
 *
 * Over SSH a script costs a round trip and half a dozen processes before its first line, and each program in it another
 * process: so one script does what one operation needs, reads back what it changed, and asks for single objects.
 *
 * Locks: `flock` on the pool directory itself, shared for reading, exclusive for creating, renaming and deleting; the
 * zeroing job locks the volume's file. Both end with their process.
 */

/** Takes control port and length of the input off the parameters and defines what the scripts share. */
export const SHELL_LIBRARY = `
port=$1 length=$2
shift 2
adm() { tgtadm -C "$port" --lld iscsi "$@"; }
fail() { code=$1; shift; echo "coprhd: $*" >&2; exit "$code"; }
# into $input; what was cut off on its way here must not be taken for the whole
read_input() {
  input=$(cat; echo .)
  input=\${input%.}
  [ "\${#input}" = "$length" ] || fail 99 "the input of the command was cut off"
}
lock_pool() {
  [ -d "$2" ] || fail 94 "the pool directory $2 is not there"
  exec 9<"$2"
  flock "$1" -w 2 9 || fail 75 "the pool directory $2 is locked"
}
native_of() { stat -c '%i.%.9W' -- "$1"; }
# what tgtd runs, for awk; without the last line it was cut off, and nothing may be concluded from it
shown() { adm --op show --mode target && echo 'End of targets'; }
# from here on the script has changed something: however it fails now, nobody may think that nothing happened
effect_begins() { trap 'code=$?; '"\${1-}"'[ "$code" = 0 ] || exit 98' EXIT; }
attribute() { getfattr --absolute-names --only-values -n "user.coprhd.$2" -- "$1" 2>/dev/null || :; }
# the file is still the one that was read: same inode and birth, same mark
same_file() {
  [ -f "$1" ] && [ "$(native_of "$1")" = "$2" ] || fail 92 "$1 is not the volume that was read"
  [ "$(attribute "$1" mark)" = "$3" ] || fail 92 "the mark of $1 was changed by somebody else"
}
# tids are given out again after a restart of tgtd. "used" or "idle": whether anybody is logged in
same_target() {
  use=$(shown | want="Target $1: $2" awk '
    /^Target / { on = $0 == ENVIRON["want"]; if (on) found = 1 }
    on && /^ +I_T nexus: / { used = 1 }
    /^End of targets$/ { whole = 1 }
    END { if (!whole) exit 97; print found ? (used ? "used" : "idle") : "moved" }')
  [ "$use" != moved ] || fail 95 "target $2 is not number $1 any more"
}
# file, and its path as tgtd has it: names of the targets that map it
holders_of() {
  shown | file=$1 alias=$2 awk '
    /^Target / { name = substr($0, index($0, ": ") + 2); said = 0 }
    /^ +Backing store path: / && !said {
      path = substr($0, index($0, ": ") + 2)
      if (path == ENVIRON["file"] || path == ENVIRON["alias"]) { print name; said = 1 }
    }
    /^End of targets$/ { whole = 1 }
    END { if (!whole) exit 97 }'
}
not_mapped() {
  held=$(holders_of "$1" "$2")
  [ -z "$held" ] || fail 91 "$1 is mapped"
}
# path, path as tgtd has it: one volume as the pool listing has it, then who maps it. Without a path: there is none
print_volume() {
  if [ -n "$1" ]; then
    stat --printf '%i %.9W %s %b %n\\0\\0' -- "$1"
    getfattr --absolute-names -d -e base64 -m '^user[.]coprhd[.]' -- "$1"
    printf '\\0'
    holders_of "$1" "$2\${1##*/}"
  else
    printf '\\0\\0'
  fi
}
# start time of a process that isn't a zombie
ticks_of() { sed -n 's/.*) \\([^ZX]\\) /\\1 /p' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
boot_id() { cat /proc/sys/kernel/random/boot_id; }
# the job "pid ticks boot" is alive
job_alive() { [ $# = 3 ] && [ "$(boot_id)" = "$3" ] && [ "$(ticks_of "$1")" = "$2" ]; }
end_job() {
  kill -s KILL -- "-$1" 2>/dev/null || :
  tries=0; while job_alive "$@" && [ $tries -lt 40 ]; do sleep 0.05; tries=$((tries + 1)); done
  ! job_alive "$@" || fail 75 "the job $1 does not end"
}
# a process that holds the file open, by whatever path it was opened
holder_of() {
  pattern=$(readlink -f -- "$1" | sed 's/[][*?\\\\]/\\\\&/g')
  find /proc/[0-9]*/fd -lname "$pattern" 2>/dev/null | head -n 1 | cut -d/ -f3
}
# file, seconds: the programs of a killed job end after its shell, and have the lock of its file until then
released() { flock -w "$2" -- "$1" true || fail 75 "$1 is locked"; }
not_open() {
  holder=$(holder_of "$1")
  [ -z "$holder" ] || fail 91 "$1 is open in process $holder ($(cat "/proc/$holder/comm" 2>/dev/null || :))"
}
`;

/** machine id, tgtadm's version; fails when tgtd doesn't answer. */
export const IDENTIFY = `
{ cat /etc/machine-id 2>/dev/null || uname -n; } | head -n 1
tgtadm --version
adm --op show --mode sys >/dev/null
`;

/** dir. Facts as \`key value\` lines. */
export const POOL_FACTS = `
[ -d "$1" ] || { echo 'missing yes'; exit 0; }
for tool in getfattr setfattr flock stat find; do command -v $tool >/dev/null || echo "tool $tool"; done
stat -f -c 'fs %T %S %b %a' -- "$1"
echo "birth $(stat -L -c %W -- "$1")"
[ -w "$1" ] || echo 'readonly yes'
answer=$(LC_ALL=C getfattr --absolute-names -n user.coprhd.probe -- "$1" 2>&1 || :)
case $answer in *'not supported'*) echo 'xattr no' ;; *) echo 'xattr yes' ;; esac
if xfs_info "$1" 2>/dev/null | grep -q 'reflink=1'; then echo 'reflink yes'; fi
`;

/** dir. See parse/pool-listing.ts for the output. */
export const POOL_SCAN = `
dir=$1
lock_pool -s "$dir"
set -- -maxdepth 1 -type f -name '*.img' ! -name '.coprhd-*'
find -H "$dir" "$@" -exec stat --printf '%i %.9W %s %b %n\\0' -- {} +
printf '\\0'
find -H "$dir" "$@" -exec getfattr --absolute-names -d -e base64 -m '^user[.]coprhd[.]' -- {} +
`;

/** dir, inode | name, value, directory as tgtd has it. The listing of at most one file, NUL, names of its targets. */
export const VOLUME_READ = `
lock_pool -s "$1"
if [ "$2" = inode ]; then
  file=$(find -H "$1" -maxdepth 1 -type f -inum "$3" -name '*.img' ! -name '.coprhd-*' -print -quit)
else
  file=$1/$3.img
  { [ -f "$file" ] && [ ! -L "$file" ]; } || file=
fi
print_volume "$file" "$4/"
`;

/**
 * dir, name, pool, size, thin | thick, directory as tgtd has it; stdin: attributes for setfattr --restore. Makes everything on a temporary file
 * and renames it into place, which never replaces a file: a crash leaves the whole volume or a temporary file, which
 * the next try under the same name removes. Prints the volume as VOLUME_READ does.
 */
export const VOLUME_CREATE = `
dir=$1 name=$2 pool=$3 size=$4 kind=$5 shown_in=$6
read_input
lock_pool -x "$dir"
new=$dir/$name.img tmp=$dir/.coprhd-new-$name
[ ! -e "$new" ] && [ ! -L "$new" ] || fail 90 "$new is there"
umask 077
trap 'rm -f -- "$tmp"' EXIT
[ ! -e "$tmp" ] && [ ! -L "$tmp" ] || rm -f -- "$tmp"
if [ "$kind" = thick ]; then fallocate -l "$size" -- "$tmp"; else truncate -s "$size" -- "$tmp"; fi
id=$(stat -c '%i.%.9W' -- "$tmp")
case $id in *.0.*) fail 93 "the file system of $dir does not keep birth times" ;; esac
printf '%s' "$input" | setfattr --restore=-
setfattr -n user.coprhd.identity -v "$pool:$id" -- "$tmp"
sync -- "$tmp"
mv -nT -- "$tmp" "$new"
[ ! -e "$tmp" ] || fail 90 "$new is there"
effect_begins
sync -- "$dir"
exec 9<&-
print_volume "$new" "$shown_in/"
`;

/** dir, path, native, mark, path as tgtd has it. */
export const VOLUME_DELETE = `
dir=$1 file=$2 native=$3 mark=$4
lock_pool -x "$dir"
same_file "$file" "$native" "$mark"
not_mapped "$file" "$5"
set -- $(attribute "$file" job)
! job_alive "$@" || end_job "$@"
released "$file" 2
not_open "$file"
rm -- "$file"
sync -- "$dir"
`;

/** dir, path, native, mark, path as tgtd has it, new path, 0 | 1 (quarantined). The flag is on whenever the name is the quarantine's. */
export const VOLUME_RENAME = `
dir=$1 file=$2 native=$3 mark=$4 new=$6 quarantined=$7
lock_pool -x "$dir"
same_file "$file" "$native" "$mark"
not_mapped "$file" "$5"
if [ "$quarantined" = 1 ]; then setfattr -n user.coprhd.quarantined -v 1 -- "$file"; fi
if [ "$file" != "$new" ]; then
  mv -nT -- "$file" "$new"
  [ ! -e "$file" ] || fail 90 "$new is there"
fi
if [ "$quarantined" = 0 ]; then setfattr -x user.coprhd.quarantined -- "$new" 2>/dev/null || :; fi
sync -- "$new" "$dir"
`;

/** dir, path, native, mark, path as tgtd has it, attribute to remove or ''; stdin: attributes to set. */
export const VOLUME_ATTRIBUTES = `
dir=$1 file=$2 native=$3 mark=$4 remove=$6
read_input
lock_pool -x "$dir"
same_file "$file" "$native" "$mark"
printf '%s' "$input" | setfattr --restore=-
if [ -n "$remove" ]; then setfattr -x "user.coprhd.$remove" -- "$file"; fi
sync -- "$file"
`;

/** dir, path, native, mark, path as tgtd has it, size, thin | thick. Never shrinks. */
export const VOLUME_GROW = `
dir=$1 file=$2 native=$3 mark=$4 size=$6 kind=$7
lock_pool -x "$dir"
same_file "$file" "$native" "$mark"
if [ "$kind" = thick ]; then fallocate -l "$size" -- "$file"; fi
truncate -s ">$size" -- "$file"
sync -- "$file"
`;

/**
 * dir, path, native, mark, path as tgtd has it. Prints the job: "pid ticks boot". The pool's lock orders starts, and the lock on the file
 * passes to the loop: two starts never make two writers, the second gets the first one's job.
 */
export const ZERO_START = `
dir=$1 file=$2 native=$3 mark=$4
lock_pool -x "$dir"
same_file "$file" "$native" "$mark"
not_mapped "$file" "$5"
set -- $(attribute "$file" job)
if job_alive "$@"; then echo "$*"; exit 0; fi
released "$file" 2
not_open "$file"
exec 8<>"$file"
flock -n 8 || fail 75 "$file is locked"
setsid nohup sh -eu -c '
  file=/proc/self/fd/8
  size=$(stat -L -c %s $file)
  done=$(getfattr --absolute-names --only-values -n user.coprhd.zeroed $file 2>/dev/null || :)
  [ "$done" != done ] || exit 0
  done=\${done:-0} chunk=67108864
  while [ "$done" -lt "$size" ]; do
    [ "$(stat -L -c %h $file)" -gt 0 ] || exit 0
    rest=$((size - done)); [ "$rest" -lt "$chunk" ] || rest=$chunk
    dd if=/dev/zero of=$file bs=1M count=$rest seek=$done iflag=count_bytes oflag=seek_bytes conv=notrunc,fdatasync,nocreat status=none
    done=$((done + rest))
    setfattr -n user.coprhd.zeroed -v $done $file
  done
  setfattr -n user.coprhd.zeroed -v done $file
  sync $file
' </dev/null >/dev/null 2>&1 9<&- &
job="$! $(ticks_of $!) $(boot_id)"
setfattr -n user.coprhd.job -v "$job" -- "$file"
echo "$job"
`;

/** pid, ticks, boot. */
export const JOB_ALIVE = `
if job_alive "$1" "$2" "$3"; then echo yes; else echo no; fi
`;

/** pid, ticks, boot, then the file it writes to, when that is there. */
export const JOB_END = `
! job_alive "$1" "$2" "$3" || end_job "$1" "$2" "$3"
[ $# = 4 ] && [ -f "$4" ] && [ "$(attribute "$4" job)" = "$1 $2 $3" ] || exit 0
released "$4" 10
`;
