/**
 * The shell scripts that read and change targets; see scripts.ts for the rules. Every change names the target by
 * number and name and is refused when they don't belong together any more.
 */

/** config directory, mask name or ''. Targets, NUL, portals, NUL, then `path NUL line` of the configuration files. */
export const TARGETS_READ = `
dir=$1/targets name=\${2:-*}.conf
adm --op show --mode target
printf '\\0'
adm --op show --mode portal
printf '\\0'
[ -d "$dir" ] || exit 0
find "$dir" -maxdepth 1 -type f -name "$name" ! -name '.*' -exec grep -HZ '' {} + || [ $? = 1 ]
`;

/**
 * config directory, mask name; stdin: its text. Replaces the file at once and durably; writes the main file, which
 * includes all of them, when it isn't there.
 */
export const CONF_WRITE = `
dir=$1/targets name=$2
umask 077
mkdir -p -- "$dir"
exec 9<"$dir"
flock -x -w 2 9 || fail 75 "$dir is locked"
if [ ! -f "$1/coprhd.conf" ]; then
  printf '%s\\n' '# Targets made by coprhd; include this file from /etc/tgt/targets.conf.' "include $dir/*.conf" >"$1/.coprhd.conf.new"
  sync -- "$1/.coprhd.conf.new"
  mv -f -- "$1/.coprhd.conf.new" "$1/coprhd.conf"
fi
cat >"$dir/.$name.new"
sync -- "$dir/.$name.new"
mv -f -- "$dir/.$name.new" "$dir/$name.conf"
sync -- "$dir"
`;

/** config directory, mask name. */
export const CONF_REMOVE = `
dir=$1/targets name=$2
[ -d "$dir" ] || exit 0
exec 9<"$dir"
flock -x -w 2 9 || fail 75 "$dir is locked"
rm -f -- "$dir/$name.conf" "$dir/.$name.new"
sync -- "$dir"
`;

/** tid, target. */
export const TARGET_NEW = `
adm --op new --mode target --tid "$1" -T "$2"
`;

/**
 * tid, target, which has no LUNs. tgtd keeps a target while a session lives, so logins are refused and sessions dropped
 * first: there is nothing left that they could use.
 */
export const TARGET_DELETE = `
tid=$1 target=$2
same_target "$tid" "$target"
state() { adm --op update --mode target --tid "$tid" -n state -v "$1"; }
trap 'state ready' EXIT
state offline
adm --op show --mode conn --tid "$tid" | awk '/^Session:/ { s = $2 } /^ +Connection:/ { print s, $2 }' |
  while read -r sid cid; do adm --op delete --mode conn --tid "$tid" --sid "$sid" --cid "$cid" || :; done
adm --op delete --mode target --tid "$tid"
trap - EXIT
`;

/** tid, target, bind | unbind, -Q | -I, initiator name or address. */
export const TARGET_ACL = `
same_target "$1" "$2"
adm --op "$3" --mode target --tid "$1" "$4" "$5"
`;

/** tid, target. */
export const TARGET_READY = `
same_target "$1" "$2"
adm --op update --mode target --tid "$1" -n state -v ready
`;

/**
 * tid, target, lun, parameters, config directory, pool directory, volume path, native.
 *
 * tgtd gives a new LUN an identity of its own and shows the LUN at once. So the LUN is made on an empty file first;
 * then one request (tgtd takes requests one by one) sets identity, media and all. Where nobody is logged in, logins
 * are refused for these milliseconds too, and nobody sees the LUN before it has its identity. Where somebody is, a
 * scan in between would find a LUN of no size.
 */
export const LUN_NEW = `
tid=$1 target=$2 lun=$3 params=$4 conf=$5 dir=$6 file=$7 native=$8
lock_pool -s "$dir"
[ -f "$file" ] && [ "$(native_of "$file")" = "$native" ] || fail 92 "$file is not the volume that was read"
same_target "$tid" "$target"
state() { adm --op update --mode target --tid "$tid" -n state -v "$1"; }
if [ -z "$(adm --op show --mode conn --tid "$tid")" ]; then
  trap 'state ready' EXIT
  state offline
fi
: >>"$conf/.empty"
adm --op new --mode logicalunit --tid "$tid" --lun "$lun" --bstype rdwr -b "$conf/.empty"
adm --op update --mode logicalunit --tid "$tid" --lun "$lun" --params "$params" || {
  code=$?
  adm --op delete --mode logicalunit --tid "$tid" --lun "$lun"
  exit $code
}
`;

/**
 * tid, target, lun, parameters. Sets the parameters of a LUN that is there.
 *
 * Changing the path closes and opens the file, and an I/O that tgtd's threads have in flight at that moment ends with
 * a medium error (seen: 2 of 60 times under load). So sessions are dropped first and logins refused meanwhile:
 * initiators log in again, and repeat what had no answer.
 */
export const LUN_RELOAD = `
tid=$1 target=$2 lun=$3 params=$4
same_target "$tid" "$target"
state() { adm --op update --mode target --tid "$tid" -n state -v "$1"; }
trap 'state ready' EXIT
state offline
adm --op show --mode conn --tid "$tid" | awk '/^Session:/ { s = $2 } /^ +Connection:/ { print s, $2 }' |
  while read -r sid cid; do adm --op delete --mode conn --tid "$tid" --sid "$sid" --cid "$cid" || :; done
adm --op update --mode logicalunit --tid "$tid" --lun "$lun" --params "$params"
`;

/** tid, target, lun. tgtd refuses while an I/O is under way. */
export const LUN_DELETE = `
same_target "$1" "$2"
adm --op delete --mode logicalunit --tid "$1" --lun "$3"
`;
