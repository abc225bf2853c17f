#!/bin/sh
# Sets up .venv with all that the lessons and the tests need. `make` calls it each time, and so can you, without make: sh setup.sh
#   PY=python3.12   take this Python; else the newest supported one is taken
#   CUDA=yes        take PyTorch's large build, where the one without CUDA cannot be had
set -eu
cd -- "$(dirname -- "$0")"
V=.venv
again=${AGAIN:-sh setup.sh}                     # the command that the messages name
bin=$V/bin; [ "${OS:-}" != Windows_NT ] || bin=$V/Scripts
python=$bin/python
torch=$(sed -n 's/^torch==//p' requirements.txt)

stop() { printf '%s\n' "$@" >&2; exit 1; }
version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# "3.13 complete", or "3.13 cannot make a virtual environment", or nothing: it is not there, or the course does not support it
probe() {
  "$1" -c 'import sys
if (3, 11) <= sys.version_info[:2] <= (3, 14):
    try:
        import ensurepip, venv
        says = "complete"
    except ImportError:
        says = "cannot make a virtual environment"
    print("%d.%d" % sys.version_info[:2], says)' 2>/dev/null || true
}

no_python() {
  case $(uname -s) in
    Darwin) how="Install one with brew install python@3.13, or from https://www.python.org/downloads/." ;;
    *) how="On Debian 12 and 13 and Ubuntu 24.04: sudo apt-get install python3 python3-venv." ;;
  esac
  stop "$1 $how" "Anywhere else, with uv (https://docs.astral.sh/uv/): uv python install 3.13, then $again PY=\"\$(uv python find 3.13)\""
}

# Sets $chosen and what $found says of it: PY, or the newest supported Python that can make a virtual environment.
choose() {
  if [ -n "${PY:-}" ]; then
    chosen=$PY found=$(probe "$PY")
    [ -z "$found" ] || return 0
    is=$(version "$PY") || stop "There is no Python called $PY here. Without PY=, the newest supported one is looked for: $again"
    stop "$PY is Python $is, and the course needs 3.11 to 3.14. Without PY=, the newest supported one is looked for: $again"
  fi
  chosen='' found=''
  for name in python3.14 python3.13 python3.12 python3.11 python3 python; do
    says=$(probe "$name")
    case $says in
      *complete) chosen=$name found=$says; return ;;
      3*) chosen=${chosen:-$name} found=${found:-$says} ;;
    esac
  done
  [ -n "$chosen" ] || no_python "The course needs Python 3.11, 3.12, 3.13 or 3.14, and none of them is here."
}

# A .venv that is there is used, or a sentence says why it cannot be.
if [ -e "$python" ] || [ -L "$python" ]; then
  gone="Delete the folder .venv, then run again: rm -rf .venv; $again"
  found=$(probe "$python")
  if [ -z "$found" ]; then
    is=$(version "$python") || stop "The Python that made .venv is no longer on this machine. $gone"
    stop "The folder .venv was made by Python $is, and the course needs 3.11 to 3.14. $gone"
  fi
  [ -z "${PY:-}" ] || [ "$(version "$PY")" = "${found%% *}" ] ||
    stop "The folder .venv has Python ${found%% *}, and PY=$PY is another one. To change it: rm -rf .venv; $again PY=$PY"
  # .ok holds the folder's path: a course that was moved or copied has to be linked into its environment anew
  [ "$(cat $V/.ok 2>/dev/null)" != "$PWD" ] ||
    [ -n "$(find requirements*.txt requirements.lock pyproject.toml setup.sh -newer $V/.ok)" ] || exit 0
else
  if [ "$(uname -s)" = Darwin ]; then          # Darwin 23 is macOS 14
    browser="The README names ways to take the course in a browser."
    [ "$(uname -m)" = arm64 ] || stop "PyTorch $torch cannot be had for Macs with an Intel processor. $browser"
    [ "$(uname -r | cut -d. -f1)" -ge 23 ] || stop "PyTorch $torch needs macOS 14 or later. $browser"
  fi
  [ -w . ] || stop "This folder cannot be written to: $PWD" "Copy the course to a folder of yours, and run $again there."
  gb=3 load="500 MB"
  [ "${CUDA:-}" != yes ] || gb=9 load="3 GB"
  free=$(df -Pk . | awk 'END {print int($4 / 1e6)}')
  [ "$free" -ge $gb ] || stop "The set-up needs $gb GB of disk, and $free GB are free here. Free some space, then run again: $again"
  choose
  case $found in
    *cannot*) stop "Python $found." "On Debian and Ubuntu: sudo apt-get install python${found%% *}-venv, then $again" ;;
  esac
  echo "Setting up .venv with Python ${found%% *}. This is done once, downloads about $load, and takes some minutes."
  "$chosen" -m venv $V
fi

# uv is faster, but reads none of pip's settings: where pip has a mirror or a proxy of its own, pip installs.
own=$("$python" -m pip config list 2>/dev/null) || "$python" -m ensurepip >/dev/null          # where a set-up was interrupted
cert=$(echo "$own" | sed -n "s/.*\.cert='\(.*\)'/\1/p" | tail -n 1)
[ -z "$cert" ] || export SSL_CERT_FILE="$cert"
by_pip() { "$python" -m pip install --no-compile "$@"; }
if { [ -n "${UV_FIND_LINKS:-}${UV_INDEX:-}${UV_DEFAULT_INDEX:-}" ] ||
    ! echo "$own" | grep -qE '\.(index-url|no-index|proxy|trusted-host)='; } &&
  { [ -x "$bin/uv" ] || by_pip -q "$(grep ^uv== requirements-dev.txt)" 2>/dev/null; }
then install() { "$bin/uv" pip install --python "$python" "$@"; }
else install() { by_pip "$@"; }
fi

# For Linux, PyPI has torch with gigabytes of CUDA. "+cpu" is the build without: in a folder or mirror that pip or uv know, or at PyTorch's.
has_torch() { "$python" -c "from importlib.metadata import version; assert version('torch').split('+')[0] == '$torch'" 2>/dev/null; }
if [ "$(uname -s)" = Linux ] && [ "${CUDA:-}" != yes ] && ! has_torch; then
  by_pip -q --no-deps "torch==$torch+cpu" 2>/dev/null ||
    install -q --no-deps "torch==$torch+cpu" 2>/dev/null ||
    install --no-deps "torch==$torch+cpu" --index-url https://download.pytorch.org/whl/cpu ||
    stop "" "PyTorch's build without CUDA could not be fetched, for the reason above. Where only PyTorch's server is out of reach," \
      "the build with CUDA works too, and is 4 GB larger: $again CUDA=yes"
fi
install -r requirements-dev.txt -c requirements.lock

# compiled once, here: where PYTHONDONTWRITEBYTECODE is set nothing ever would be, and every kernel would take nine seconds more
"$python" -m compileall -q -j 0 $V course_utils >/dev/null 2>&1 || true
pwd > $V/.ok
echo "Set up: $("$python" -c 'import platform; from importlib.metadata import version
print("Python", platform.python_version() + ", PyTorch", version("torch"))') in .venv, $(du -sh $V | cut -f1)"
