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
 * Functions of the scripts on targets, before them.
 *
 * print_mask TARGET CONF MASK DIRECTORY...: the target's section, portals, its configuration file, then for the files of
 * its LUNs `inode birth mode path`, and `missing DIRECTORY` for pools that aren't there; each part and record ends with NUL.
 */
export const TARGET_LIBRARY = `
print_target() {
  section=$(shown | name=$1 awk '
    /^Target / { on = substr($0, index($0, ": ") + 2) == ENVIRON["name"] }
    /^End of targets$/ { whole = 1; on = 0 }
    on
    !/^(Target |    |End of targets$|$)/ { exit }
    END { if (!whole) exit 97 }')
  printf '%s\\n\\0' "$section"
}
print_mask() {
  print_target "$1"
  adm --op show --mode portal
  printf '\\0'
  [ ! -f "$2/targets/$3.conf" ] || cat -- "$2/targets/$3.conf"
  printf '\\0'
  shift 3
  for dir do [ -d "$dir" ] || printf 'missing %s\\0' "$dir"; done
  set --
  set -f
  IFS='
'
  for line in $section; do
    case $line in '            Backing store path: /'*) set -- "$@" "\${line#            Backing store path: }" ;; esac
  done
  unset IFS
  set +f
  # a file that is gone is said by its absence
  [ $# = 0 ] || stat --printf '%i %.9W %f %n\\0' -- "$@" 2>/dev/null || :
}
# config directory, mask; its text is in $input. Replaces the file at once and durably; writes the main file, which includes
# all of them, when it isn't there
write_conf() {
  dir=$1/targets
  umask 077
  [ -d "$dir" ] || mkdir -p -- "$dir"
  exec 9<"$dir"
  flock -x -w 4 9 || fail 75 "$dir is locked"
  if [ ! -f "$1/coprhd.conf" ]; then
    printf '%s\\n' '# Targets made by coprhd; include this file from /etc/tgt/targets.conf.' "include $dir/*.conf" >"$1/.coprhd.conf.new"
    sync -- "$1/.coprhd.conf.new"
    mv -f -- "$1/.coprhd.conf.new" "$1/coprhd.conf"
  fi
  printf '%s' "$input" >"$dir/.$2.new"
  sync -- "$dir/.$2.new"
  mv -f -- "$dir/.$2.new" "$dir/$2.conf"
  sync -- "$dir"
  exec 9<&-
}
remove_conf() {
  dir=$1/targets
  [ -d "$dir" ] || return 0
  exec 9<"$dir"
  flock -x -w 2 9 || fail 75 "$dir is locked"
  rm -f -- "$dir/$2.conf" "$dir/.$2.new"
  sync -- "$dir"
  exec 9<&-
}
drop_sessions() {
  adm --op show --mode conn --tid "$1" | awk '/^Session:/ { s = $2 } /^ +Connection:/ { print s, $2 }' |
    while read -r sid cid; do adm --op delete --mode conn --tid "$1" --sid "$sid" --cid "$cid" || :; done
}
target_state() { adm --op update --mode target --tid "$1" -n state -v "$2"; }
`;

/** target, config directory, mask, pool directories. */
export const MASK_READ = `
print_mask "$@"
`;

/** pool directory, inode, directory as tgtd has it; then as MASK_READ. What VOLUME_READ prints, NUL, what MASK_READ prints. */
export const MAPPING_READ = `
lock_pool -s "$1"
file=$(find -H "$1" -maxdepth 1 -type f -inum "$2" -name '*.img' ! -name '.coprhd-*' -print -quit)
print_volume "$file" "$3/"
exec 9<&-
printf '\\0'
shift 3
print_mask "$@"
`;

/**
 * config directory, mask name, target, new | kept; stdin: its text. A script that a dead process left behind may come
 * late, when the target was deleted meanwhile: so what isn't to be new must still be there, as a file or as a target.
 */
export const CONF_WRITE = `
read_input
if [ "$4" = kept ] && [ ! -f "$1/targets/$2.conf" ]; then
  there=$(shown | name=$3 awk '
    /^Target / && substr($0, index($0, ": ") + 2) == ENVIRON["name"] { found = 1 }
    /^End of targets$/ { whole = 1 }
    END { if (!whole) exit 97; print found ? "yes" : "no" }')
  [ "$there" = yes ] || fail 95 "target $3 is not there any more"
fi
write_conf "$1" "$2"
`;

/**
 * config directory, target. Files outside of the config directory that tgt-admin would read and that define the target: two
 * definitions of one target are one too many when tgtd starts.
 */
export const TARGET_DEFINED = `
for file in /etc/tgt/targets.conf /etc/tgt/conf.d/*.conf; do
  case $(readlink -f -- "$file") in "$(readlink -f -- "$1")"/*) continue ;; esac
  [ -f "$file" ] || continue
  if name=$2 awk '
    $1 == "<target" { given = $2; sub(/>.*$/, "", given); gsub(/"/, "", given); if (given == ENVIRON["name"]) found = 1 }
    END { exit !found }' "$file"
  then printf '%s\\n' "$file"
  fi
done
`;

/** config directory, mask name. */
export const CONF_REMOVE = `
remove_conf "$1" "$2"
`;

/** tid, target. */
export const TARGET_NEW = `
adm --op new --mode target --tid "$1" -T "$2"
`;

/**
 * tid, target, which has no LUNs, config directory, mask. Its file goes with it, in the same script: a process that dies in
 * between would leave a file that nobody finds any more. tgtd keeps a target while a session lives, so logins are refused
 * and sessions dropped first: there is nothing left that they could use.
 */
export const TARGET_DELETE = `
tid=$1 target=$2
same_target "$tid" "$target"
trap 'target_state "$tid" ready' EXIT
target_state "$tid" offline
drop_sessions "$tid"
adm --op delete --mode target --tid "$tid"
trap - EXIT
effect_begins
remove_conf "$3" "$4"
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
 * tid, target, lun, parameters, config directory, mask, pool directory, volume path, native, link ('' = none); stdin: the
 * configuration file as it has to be with the LUN. Prints the target's section when all is done.
 *
 * tgtd gives a new LUN an identity of its own and shows the LUN at once. So the LUN is made on an empty file first;
 * then one request (tgtd takes requests one by one) sets identity, media and all. Where nobody is logged in, logins
 * are refused for these milliseconds too, and nobody sees the LUN before it has its identity. Where somebody is, a
 * scan in between would find a LUN of no size.
 */
export const LUN_NEW = `
tid=$1 target=$2 lun=$3 params=$4 conf=$5 mask=$6 pool=$7 file=$8 native=$9
shift 9
link=$1
read_input
lock_pool -s "$pool"
[ -f "$file" ] && [ "$(stat -c '%i.%.9W' -- "$file")" = "$native" ] || fail 92 "$file is not the volume that was read"
same_target "$tid" "$target"
if [ -n "$link" ]; then
  if [ ! -L "$link" ]; then
    mkdir -p -- "\${link%/*}"
    ln -snT -- "$pool" "$link"
    sync -- "\${link%/*}"
  fi
  [ "$(readlink -- "$link")" = "$pool" ] || fail 92 "$link does not lead to $pool any more"
fi
[ -e "$conf/.empty" ] || : >>"$conf/.empty"
back=
if [ "$use" = idle ]; then
  back='target_state "$tid" ready || :; '
  trap "$back" EXIT
  target_state "$tid" offline
fi
adm --op new --mode logicalunit --tid "$tid" --lun "$lun" --bstype rdwr -b "$conf/.empty"
adm --op update --mode logicalunit --tid "$tid" --lun "$lun" --params "$params" || {
  code=$?
  adm --op delete --mode logicalunit --tid "$tid" --lun "$lun"
  exit $code
}
effect_begins "$back"
if [ -n "$back" ]; then
  target_state "$tid" ready
  effect_begins
fi
write_conf "$conf" "$mask"
print_target "$target"
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
trap 'target_state "$tid" ready' EXIT
target_state "$tid" offline
drop_sessions "$tid"
adm --op update --mode logicalunit --tid "$tid" --lun "$lun" --params "$params"
`;

/** tid, target, lun. tgtd refuses while an I/O is under way. */
export const LUN_DELETE = `
same_target "$1" "$2"
adm --op delete --mode logicalunit --tid "$1" --lun "$3"
`;
