# Prints what zsh offers for each line, and an empty line after each: zsh -f zsh-complete.zsh COMPLETION-SCRIPT LINE...
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
  bindkey '^U' kill-whole-line
else
  zmodload zsh/zpty
  export OFFERS=$TMPPREFIX.$$ SCRIPT=$1
  shift
  zpty shell zsh -f -i
  zpty -w shell "source ${(q)0:A}"
  # The prompt comes from the line editor, which reads what is typed from then on.
  zpty -r shell seen '*LOADED> *'
  integer number=0
  for line; do
    : > $OFFERS
    zpty -w -n shell "$line"$'\t'
    # The line editor echoes this after it has completed. The number tells it from what is drawn again of the line before.
    zpty -w -n shell "#END$((++number))#"
    zpty -r shell seen "*#END$number#*"
    sort -u $OFFERS
    print
    zpty -w -n shell $'\C-u'
  done
  zpty -d shell
  rm -f $OFFERS
fi
