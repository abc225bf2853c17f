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
supported() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; }
version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }
can_make_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

no_python() {
  case $(uname -s) in
    Darwin) how="Install one with brew install python@3.13, or from https://www.python.org/downloads/." ;;
    *) how="On Debian 12 and 13 and Ubuntu 24.04: sudo apt-get install python3 python3-venv." ;;
  esac
  stop "$1 $how" "Anywhere else, with uv (https://docs.astral.sh/uv/): uv python install 3.13, then $again PY=\"\$(uv python find 3.13)\""
}

# Sets $chosen: PY, or the newest supported Python that can make a virtual environment.
choose() {
  if [ -n "${PY:-}" ]; then
    "$PY" -c '' 2>/dev/null || stop "There is no Python called $PY here. Without PY=, the newest supported one is looked for: $again"
    supported "$PY" || stop "$PY is Python $(version "$PY"), and the course needs 3.11 to 3.14. Without PY=, one is looked for: $again"
    chosen=$PY; return
  fi
  chosen=
  for name in python3.14 python3.13 python3.12 python3.11 python3 python; do
    if supported "$name"; then
      chosen=${chosen:-$name}                   # should none of them be complete
      if can_make_venv "$name"; then chosen=$name; return; fi
    fi
  done
  [ -n "$chosen" ] || no_python "The course needs Python 3.11, 3.12, 3.13 or 3.14, and none of them is here."
}

# A .venv that is there is used, or a sentence says why it cannot be.
if [ -e "$python" ] || [ -L "$python" ]; then
  gone="Delete the folder .venv, then run again: rm -rf .venv; $again"
  "$python" -c '' 2>/dev/null || stop "The Python that made .venv is no longer on this machine. $gone"
  supported "$python" || stop "The folder .venv was made by Python $(version "$python"), and the course needs 3.11 to 3.14. $gone"
  [ -z "${PY:-}" ] || [ "$("$PY" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$(version "$python")" ] ||
    stop "The folder .venv has Python $(version "$python"), and PY=$PY is another one. To change it: rm -rf .venv; $again PY=$PY"
  # .ok holds the folder's path: a course that was moved or copied has to be linked into its environment anew
  [ "$(cat $V/.ok 2>/dev/null)" != "$PWD" ] || [ -n "$(find requirements*.txt requirements.lock pyproject.toml setup.sh -newer $V/.ok)" ] || exit 0
else
  if [ "$(uname -s)" = Darwin ]; then          # Darwin 23 is macOS 14
    browser="The README names ways to take the course in a browser."
    [ "$(uname -m)" = arm64 ] || stop "PyTorch $torch cannot be had for Macs with an Intel processor. $browser"
    [ "$(uname -r | cut -d. -f1)" -ge 23 ] || stop "PyTorch $torch needs macOS 14 or later. $browser"
  fi
  [ -w . ] || stop "This folder cannot be written to: $PWD" "Copy the course to a folder of yours, and run $again there."
  gb=3; [ "${CUDA:-}" != yes ] || gb=9
  free=$(df -Pk . | awk 'END {print int($4 / 1e6)}')
  [ "$free" -ge $gb ] || stop "The set-up needs $gb GB of disk, and $free GB are free here. Free some space, then run again: $again"
  choose
  echo "Setting up .venv with Python $(version "$chosen"). This is done once, downloads about 500 MB and takes some minutes."
  can_make_venv "$chosen" || stop "Python $(version "$chosen") cannot make a virtual environment here." \
    "On Debian and Ubuntu: sudo apt-get install python$(version "$chosen")-venv, then $again"
  "$chosen" -m venv $V
fi
"$python" -m pip --version >/dev/null 2>&1 || "$python" -m ensurepip >/dev/null    # a set-up that was interrupted

# uv is faster, but does not read pip's settings: where pip has a mirror, a folder of wheels or a proxy of its own, pip installs.
settings=$("$python" -m pip config list 2>/dev/null | grep -E '\.(find-links|(extra-)?index-url|no-index|proxy|cert|trusted-host)=' || true)
if { [ -z "$settings" ] || [ -n "${UV_FIND_LINKS:-}${UV_INDEX:-}${UV_DEFAULT_INDEX:-}" ]; } &&
  { [ -x "$bin/uv" ] || "$python" -m pip install -q "$(grep ^uv== requirements-dev.txt)" 2>/dev/null; }
then install() { "$bin/uv" pip install --python "$python" "$@"; }
else install() { "$python" -m pip install "$@"; }
fi

# For Linux, PyPI has torch with gigabytes of CUDA. "+cpu" is the build without: in the folder or mirror that pip or uv know, or PyTorch's.
has_torch() { "$python" -c "from importlib.metadata import version; assert version('torch').split('+')[0] == '$torch'" 2>/dev/null; }
if [ "$(uname -s)" = Linux ] && [ "${CUDA:-}" != yes ] && ! has_torch; then
  install -q --no-deps "torch==$torch+cpu" 2>/dev/null ||
    install --no-deps "torch==$torch+cpu" --index-url https://download.pytorch.org/whl/cpu ||
    stop "" "PyTorch's build without CUDA could not be fetched, for the reason above. Where only PyTorch's server is out of reach," \
      "the build with CUDA works too, and is 4 GB larger: $again CUDA=yes"
fi
install -r requirements-dev.txt -c requirements.lock

# compiled once, here: where PYTHONDONTWRITEBYTECODE is set nothing ever would be, and every kernel would take nine seconds more
"$python" -m compileall -q -j 0 "$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" course_utils >/dev/null 2>&1 || true
pwd > $V/.ok
echo "Set up: $("$python" -c 'import platform; from importlib.metadata import version
print("Python", platform.python_version() + ", PyTorch", version("torch"))') in .venv, $(du -sh $V | cut -f1)"
