# SPDX-License-Identifier: MIT
# Completion of the `harness` command in bash. Needs nothing else; tests/command checks that it knows the
# options that each command's --help tells of.
# shellcheck shell=bash

_harness_commands='demo show diff review check orphans render export serve call'

# The options of a command, or those of none.
_harness_options() {
  local own=
  case $1 in
  demo) own='--delivery --transport --fixtures' ;;
  show) own='--lane --style' ;;
  diff) own='--unified --side-by-side --color --width' ;;
  review) own='--list --accept --reject --color' ;;
  check) own='--quiet' ;;
  orphans) own='--tests --touched --except' ;;
  render) own='--format --output' ;;
  export) own='--format --port --output' ;;
  serve) own='--style --host --port' ;;
  call) own='--style --pool --deadline --verbose' ;;
  esac
  echo "$own --help --version"
}

# The values of an option that has a few; false where there are none to propose.
_harness_values() {
  case $1:$2 in
  demo:--delivery) echo 'as_written coalesced bytewise split_at: seeded:' ;;
  demo:--transport) echo 'tcp4 tcp6 localhost pipe abstract memory' ;;
  show:--style) echo 'order lanes' ;;
  serve:--style | call:--style) echo 'protocol stream framed' ;;
  serve:--host) echo '127.0.0.1 ::1 localhost unix: unix:@' ;;
  diff:--color | review:--color) echo 'auto always never' ;;
  render:--format) echo 'mermaid svg html' ;;
  export:--format) echo 'pcapng' ;;
  *) return 1 ;;
  esac
}

# Files that end so, and folders.
_harness_files() { # ending, word
  compopt -o filenames 2>/dev/null || true
  mapfile -t COMPREPLY < <(compgen -d -- "$2" || true; compgen -f -X "!*$1" -- "$2")
}

# Whether an option takes a value.
_harness_takes_value() { # command, option
  case $1:$2 in
  demo:--fixtures | show:--lane | diff:--width | orphans:--tests | orphans:-t | orphans:--touched | orphans:-f) ;;
  orphans:--except | orphans:-x | render:-o | render:--output | export:-o | export:--output | export:--port) ;;
  serve:--port | call:--pool | call:--deadline) ;;
  *) _harness_values "$1" "$2" >/dev/null ;;
  esac
}

_harness_value() { # command, option, word
  local values
  if values=$(_harness_values "$1" "$2"); then
    mapfile -t COMPREPLY < <(compgen -W "$values" -- "$3")
    return
  fi
  case $1:$2 in
  demo:--fixtures | orphans:--touched | orphans:-f)
    compopt -o filenames 2>/dev/null || true
    mapfile -t COMPREPLY < <(compgen -d -- "$3")
    ;;
  orphans:--tests | orphans:-t | orphans:--except | orphans:-x) _harness_files .json "$3" ;;
  render:-o | render:--output | export:-o | export:--output) _harness_files '' "$3" ;;
  esac
}

_harness_operand() { # program, command, word
  case $2 in
  demo)
    mapfile -t COMPREPLY < <(compgen -W "$("$1" demo --help 2>/dev/null |
      sed -n '/^Scenarios:/,$ s/^  \([^ ]*\) .*/\1/p')" -- "$3")
    ;;
  show | diff | review | check | render | export) _harness_files .json "$3" ;;
  orphans)
    compopt -o filenames 2>/dev/null || true
    mapfile -t COMPREPLY < <(compgen -d -- "$3")
    ;;
  esac
}

_harness() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]-}
  COMPREPLY=()
  # bash takes --color=never for three words.
  if [ "$word" = = ]; then
    word=
  elif [ "$before" = = ]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$_harness_commands --help --version" -- "$word")
  elif _harness_takes_value "$command" "$before"; then
    _harness_value "$command" "$before" "$word"
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_harness_options "$command")" -- "$word")
  else
    _harness_operand "${COMP_WORDS[0]}" "$command" "$word"
  fi
}

complete -F _harness harness
