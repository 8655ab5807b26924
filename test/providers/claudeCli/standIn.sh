#!/bin/sh
# Stands in for `claude`, in a folder where it finds how each model behaves and notes what it saw. It is never written
# while tests run: what is being written when another thread starts a process cannot be run.
here=${0%/*}
if [ "$1" = --version ]; then echo "${STANDIN_VERSION:-2.1.332} (Claude Code)"; exit 0; fi
if [ "$1" = auth ]; then exit "${STANDIN_LOGGED_OUT:-0}"; fi
for arg; do case $arg in --model=*) model=${arg#--model=} ;; esac done
if [ "$model" = deaf ]; then exec < /dev/null; fi
cat > "$here/input"
printf '%s\0' "$@" > "$here/args"
env -0 > "$here/env"
pwd -P > "$here/cwd"
printf %s $$ > "$here/pid"
. "$here/behaviours"
