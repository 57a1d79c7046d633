# The options that several commands share. Each takes "--name VALUE" or "--name=VALUE".

declare -A OPTION=()
declare -a REST=()

# take_options ALLOWED ARGUMENT...: options named in ALLOWED (words; "name=" takes a value) go to OPTION,
# other arguments to REST. With "stop" in ALLOWED the first argument that is not ours ends it; with
# "pass" unknown options are kept too. --help prints the command's help and exits.
take_options() {
  local allowed=" $1 " name
  shift
  while (($#)); do
    case $1 in
      -h | --help)
        "help_${COMMAND//-/_}"
        exit 0
        ;;
      --)
        shift
        REST+=("$@")
        return
        ;;
      -j?*) set -- -j "${1#-j}" "${@:2}" && continue ;;
      --*=*)
        name=${1%%=*}
        if [[ $allowed == *" $name= "* ]]; then
          OPTION[$name]+=${OPTION[$name]:+ }${1#*=}
        elif [[ $allowed == *' pass '* ]]; then
          REST+=("$1")
        else
          usage_error "unknown option $name"
        fi
        ;;
      -?*)
        if [[ $allowed == *" $1= "* ]]; then
          (($# > 1)) || usage_error "$1 needs a value"
          if [[ $1 == --replicas ]]; then OPTION[$1]+=" $2"; else OPTION[$1]=$2; fi
          shift
        elif [[ $allowed == *" $1 "* ]]; then
          OPTION[$1]=yes
        elif [[ $allowed == *' pass '* ]]; then
          REST+=("$1")
        elif [[ $allowed == *' stop '* && ${#REST[@]} -gt 0 ]]; then
          REST+=("$@")
          return
        else
          usage_error "unknown option $1"
        fi
        ;;
      *)
        REST+=("$1")
        if [[ $allowed == *' stop '* ]]; then
          shift
          REST+=("$@")
          return
        fi
        ;;
    esac
    shift
  done
}

# at_most N: after take_options.
at_most() {
  ((${#REST[@]} <= $1)) || usage_error "unexpected argument '${REST[$1]}'"
}

positive_number() {  # positive_number NAME VALUE MAX
  [[ $2 =~ ^[0-9]{1,6}$ ]] && ((10#$2 >= 1 && 10#$2 <= $3)) || usage_error "$1 must be a number from 1 to $3, not '$2'"
}
