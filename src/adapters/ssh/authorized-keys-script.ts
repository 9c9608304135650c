// What runs on a server to change who is let in: POSIX sh that replaces `authorized_keys` whole, or leaves it as it is.

/**
 * For `sh -c`. Standard input, a line each: the type and blob of the key that one is logged in with; `admit` or `retire`; the line to put there, or nothing;
 * then type and blob of each key whose lines go. Answers `state=same`, `state=changed` or `error=…`, with `free=<KB>` where writing failed.
 *
 * The old file is kept beside until the new one is judged: it must hold the key that one is logged in with, and nobody may have changed the old one
 * meanwhile. What a killed run left beside is cleared by the next. What is written is on the disk before it gets its name: after a power cut an empty file would let nobody in.
 */
export const CHANGE_KEYS = `umask 077
say() { rm -f ".ucx-certs.$$.was" ".ucx-certs.$$.keys" ".ucx-certs.$$.new"; echo "$1"; exit 0; }
full() { say "error=authorized_keys cannot be written
free=$(df -Pk . | awk 'NR==2{print $4}')"; }
IFS= read -r present && IFS= read -r act && IFS= read -r line || exit 1
cd "$HOME/.ssh" 2>/dev/null || say 'error=there is no folder .ssh in the home of the account'
for old in .ucx-certs.*; do
  id=\${old#.ucx-certs.}; id=\${id%%.*}
  case $id in ''|*[!0-9]*) ;; *) kill -0 "$id" 2>/dev/null || rm -f "$old" ;; esac
done
if [ -h authorized_keys ] || [ ! -f authorized_keys ]; then say 'error=authorized_keys is not an ordinary file'; fi
has() { awk -v key="$1" 'BEGIN{split(key,k," ")} !/^[ \\t]*#/{gsub(/\\r/,""); for(i=1;i<NF;i++) if($i==k[1]&&$(i+1)==k[2]) found=1} END{exit !found}' "$2"; }
cat authorized_keys >".ucx-certs.$$.was" || full
has "$present" ".ucx-certs.$$.was" || say 'error=authorized_keys does not hold the key we are logged in with'
cat >".ucx-certs.$$.keys" || full
if [ "$act" = admit ] && grep -qxF -e "$line" ".ucx-certs.$$.was"; then say state=same; fi
awk -v keys=".ucx-certs.$$.keys" 'BEGIN{while((getline key <keys)>0) gone[key]=1}
{ copy=$0; gsub(/\\r/,""); drop=0
  if ($0 !~ /^[ \\t]*#/) for(i=1;i<NF;i++) if(($i " " $(i+1)) in gone) drop=1
  if(!drop) print copy }' ".ucx-certs.$$.was" >".ucx-certs.$$.new" || full
if [ "$act" = admit ]; then printf '%s\\n' "$line" >>".ucx-certs.$$.new" || full; fi
if cmp -s ".ucx-certs.$$.was" ".ucx-certs.$$.new"; then say state=same; fi
has "$present" ".ucx-certs.$$.new" || say 'error=the key we are logged in with would be gone'
chmod 600 ".ucx-certs.$$.new" || full
sync ".ucx-certs.$$.new" 2>/dev/null || sync
cmp -s authorized_keys ".ucx-certs.$$.was" || say 'error=changed meanwhile'
mv -f ".ucx-certs.$$.new" authorized_keys || full
sync . 2>/dev/null || sync
say state=changed
`;

/** For `sh -c`; standard input is type and blob of one key. Answers `holds=yes` or `holds=no`, and changes nothing. */
export const LOOK_FOR_KEY = `IFS= read -r key || exit 1
awk -v key="$key" 'BEGIN{split(key,k," ")} !/^[ \\t]*#/{gsub(/\\r/,""); for(i=1;i<NF;i++) if($i==k[1]&&$(i+1)==k[2]) found=1} END{print found?"holds=yes":"holds=no"}' "$HOME/.ssh/authorized_keys" 2>/dev/null || echo holds=no
`;
