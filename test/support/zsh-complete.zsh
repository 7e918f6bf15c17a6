# Prints what zsh offers for a line: zsh -f zsh-complete.zsh COMPLETION-SCRIPT LINE
# Run with OFFERS set, it is what the zsh inside runs first.
if [[ -n $OFFERS ]]; then
  PROMPT='LOADED> '
  autoload -Uz compinit
  compinit -u -D
  source $SCRIPT
  # All that completion offers goes through compadd; with -O it gives the matches to an array.
  compadd() {
    if [[ ${@[(I)-[OAD]*]} -eq 0 ]]; then
      local -a matches
      builtin compadd -O matches "$@"
      (($#matches)) && print -rl -- $matches >> $OFFERS
    fi
    builtin compadd "$@"
  }
  bindkey '^I' complete-word
else
  zmodload zsh/zpty
  export OFFERS=$TMPPREFIX.$$ SCRIPT=$1
  : > $OFFERS
  zpty shell zsh -f -i
  zpty -w shell "source ${(q)0:A}"
  # The prompt comes from the line editor, which reads what is typed from then on.
  zpty -r shell seen '*LOADED> *'
  zpty -w -n shell "$2"$'\t'
  # The line editor echoes this after it has completed.
  zpty -w -n shell '#END'
  zpty -r shell seen '*#END*'
  zpty -d shell
  sort -u $OFFERS
  rm -f $OFFERS
fi
