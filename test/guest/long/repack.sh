# Runs in the guest: `sh repack.sh REPOSITORY PACKAGE…`
#
# Makes a local apt repository of installed packages, as they are: dpkg still has their maintainer scripts, and the
# files are there. So a package can be purged and installed again by apt, for real, without any network.
set -eu
repository=$1
shift
rm -rf "$repository"
mkdir -p "$repository"
for package; do
  root=$(mktemp -d)
  chmod 755 "$root"
  mkdir "$root/DEBIAN"
  dpkg-query -s "$package" | sed -e '/^Status:/d' -e '/^Conffiles:/,/^[^ ]/{/^Conffiles:/d;/^ /d}' > "$root/DEBIAN/control"
  for part in preinst postinst prerm postrm config templates conffiles triggers; do
    for file in "/var/lib/dpkg/info/$package.$part" "/var/lib/dpkg/info/$package:amd64.$part"; do
      if [ -e "$file" ]; then cp -p "$file" "$root/DEBIAN/$part"; fi
    done
  done
  # An alternative's link or a file that was removed meanwhile is no part of the package.
  dpkg-query -L "$package" | while read -r path; do if [ -e "$path" ] || [ -L "$path" ]; then echo "$path"; fi; done |
    tar --create --no-recursion --files-from=- 2> /dev/null | tar --extract --directory "$root"
  dpkg-deb --root-owner-group -Znone --build "$root" "$repository" > /dev/null
  rm -r "$root"
done
cd "$repository"
for deb in *.deb; do
  dpkg-deb --field "$deb"
  printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
done > Packages
rm -f /etc/apt/sources.list.d/*
echo "deb [trusted=yes] file:$repository ./" > /etc/apt/sources.list
