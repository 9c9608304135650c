# The part of the activation that touches live files: writes the new ones beside them, exchanges them, puts them back.
#
# `swap` in the activation's folder is the intent: which files are meant (key=, certificate=, ca=, chain=), and, if one rename of a symlink
# to their directory exchanges them all (link=), which directory takes over (target=). Else each file is exchanged by a rename of its own.
# Beside what is exchanged lie `.<name>.ucx-new` and `.<name>.ucx-old`; the old one is a second name of the same file, so putting it back
# takes no room. Sourced by activate.sh, after which `$here`, `$base`, `$set`, `plan`, `keep` and `$why` are known.

# A rename over a symlink to a directory, not into that directory: GNU and busybox, then BSD.
rename_link() { mv -fT "$1" "$2" 2>/dev/null || mv -fh "$1" "$2" 2>/dev/null; }
beside() { printf '%s/.%s.ucx-%s' "${1%/*}" "${1##*/}" "$2"; }
live() { value "$here/swap" "$1"; }

# Fills `swap`: the files the directives really mean, each once, and the way they are exchanged.
find_files() {
  dir= one=yes seen_paths=:
  : >"$here/swap.new" || return 1
  for kind in key certificate ca chain; do
    path=$(plan "$kind")
    [ -n "$path" ] || continue
    [ -z "$dir" ] || [ "$dir" = "${path%/*}" ] || one=no
    dir=${path%/*}
    why="there is no file $path"
    [ -f "$path" ] || return 1
    file=$path
    [ ! -L "$path" ] || file=$(readlink -f "$path") || return 1
    why="$path is named for two things that cannot be one file"
    case $seen_paths in *":$file:"*) [ "$kind" != certificate ] || return 1 ; continue ;; esac
    seen_paths=$seen_paths$file:
    printf '%s=%s\n' "$kind" "$file" >>"$here/swap.new" || return 1
  done
  why='there is not enough room on the disk'
  for place in "$base" "$dir"; do [ "$(df -Pk "$place" | awk 'NR==2{print $4}')" -ge 256 ] 2>/dev/null || return 1; done
  if [ $one = yes ] && can_turn_link "$dir"; then printf 'link=%s\ntarget=%s\n' "$dir" "${dir%/*}/.ucx-set-$id" >>"$here/swap.new"; fi
  mv -f "$here/swap.new" "$here/swap" && keep "$here/swap" "$here"
}
# One rename exchanges everything if the directory is a symlink beside which we may write, and holds nothing but the set.
can_turn_link() {
  [ -L "$1" ] && [ -w "${1%/*}/." ] || return 1
  for file in "$1"/* "$1"/.[!.]*; do
    case $file in *'/*' | *'/.[!.]*') continue ;; esac
    grep -qxF -e "key=$file" -e "certificate=$file" -e "ca=$file" -e "chain=$file" "$here/plan" && [ ! -L "$file" ] || return 1
  done
  rm -rf "$here/try" && mkdir "$here/try" "$here/try/a" "$here/try/b" && ln -s a "$here/try/x" && ln -s b "$here/try/y" || return 1
  rename_link "$here/try/y" "$here/try/x" && [ "$(readlink "$here/try/x")" = b ] && rm -rf "$here/try"
}

content() { case $1 in key) echo "$set/key.pem" ;; certificate) echo "$set/chain.pem" ;; *) echo "$set/ca.pem" ;; esac; }
# fill KIND OLD NEW: the new file gets the owner, group and mode of the old one, but a key is nobody's but the owner's and the group's.
fill() {
  cp -p "$2" "$3" || return 1
  [ "$1" != key ] || chmod o-rwx "$3" || return 1
  [ -z "$(plan group)" ] || { chgrp "$(plan group)" "$3" && chmod g+r "$3"; } || return 1
  cat "$(content "$1")" >"$3" && cmp -s "$(content "$1")" "$3" && keep "$3"
}
prepare() {
  why='the new files could not be written beside the live ones'
  link=$(live link)
  [ -z "$link" ] || { rm -rf "$(live target)" && cp -pR "$link/." "$(live target)"; } || return 1
  for kind in key certificate ca chain; do
    file=$(live $kind)
    [ -n "$file" ] || continue
    if [ -n "$link" ]; then fill $kind "$file" "$(live target)/${file##*/}" || return 1; continue; fi
    rm -f "$(beside "$file" new)" "$(beside "$file" old)"
    fill $kind "$file" "$(beside "$file" new)" || return 1
    ln "$file" "$(beside "$file" old)" 2>/dev/null || cp -p "$file" "$(beside "$file" old)" || return 1
    # the way back must be on the disk before the way there is taken
    keep "${file%/*}"
  done
  [ -z "$link" ] && return 0
  rm -f "$(beside "$link" new)" "$(beside "$link" old)"
  ln -s "$(readlink "$link")" "$(beside "$link" old)" && ln -s "$(live target)" "$(beside "$link" new)" && keep "$(live target)" "${link%/*}"
}
swap() {
  link=$(live link)
  if [ -n "$link" ]; then rename_link "$(beside "$link" new)" "$link" && keep "${link%/*}"; return; fi
  for kind in ca chain certificate key; do
    file=$(live $kind)
    [ -z "$file" ] || mv -f "$(beside "$file" new)" "$file" || return 1
  done
  for kind in ca chain certificate key; do [ -z "$(live $kind)" ] || keep "$(dirname "$(live $kind)")"; done
}
swapped() {
  [ -n "$(live key)" ] || return 1
  for kind in key certificate ca chain; do [ -z "$(live $kind)" ] || cmp -s "$(content $kind)" "$(live $kind)" || return 1; done
}
# Whatever was cut off where: afterwards the old set is live, and nothing of the new one lies beside it.
undo() {
  [ -f "$here/swap" ] || return 0
  link=$(live link)
  if [ -n "$link" ]; then
    old=$(beside "$link" old)
    [ ! -L "$old" ] || rename_link "$old" "$link" || return 1
    rm -f "$(beside "$link" new)"
    [ "$(readlink "$link")" = "$(live target)" ] || rm -rf "$(live target)"
    keep "${link%/*}"
    return 0
  fi
  for kind in key certificate chain ca; do
    file=$(live $kind)
    [ -n "$file" ] || continue
    old=$(beside "$file" old)
    if [ -e "$old" ] && ! cmp -s "$old" "$file"; then mv -f "$old" "$file" || return 1; fi
    rm -f "$old" "$(beside "$file" new)"
    keep "$(dirname "$file")"
  done
}
# The set that was replaced is kept for one generation, closed to the world.
put_away() {
  link=$(live link)
  if [ -n "$link" ]; then
    kept=$(readlink "$(beside "$link" old)" 2>/dev/null)
    for old in "${link%/*}"/.ucx-set-*; do [ "$old" = "$(live target)" ] || [ "$old" = "$kept" ] || [ -z "$kept" ] || rm -rf "$old"; done
    rm -f "$(beside "$link" old)"
  else
    mkdir -p "$here/before"
    for kind in key certificate ca chain; do
      file=$(live $kind)
      [ -z "$file" ] || [ ! -e "$(beside "$file" old)" ] || { mv -f "$(beside "$file" old)" "$here/before/$kind.pem" && chmod o-rwx "$here/before/$kind.pem"; rm -f "$(beside "$file" old)"; }
    done
  fi
}
