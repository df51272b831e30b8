#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs one test: run-case.sh TOOLS ABI FILE.  Every line of FILE that contains
# "RUN: " is a shell command; the first that fails fails the test.  In it stand
#   %s FILE  %S its folder  %t a scratch path of this test's own  %abi guestos/abi
#   %lucc %lu-desc %pass %opt %FileCheck %not  %llvm the folder of LLVM's tools
# TOOLS is the folder of lucc, lu-desc and the plugin.
set -u
tools=$1 abi=$2 file=$3
llvm=$(llvm-config-19 --bindir) || exit 1
for tool in FileCheck not opt; do
  if [ ! -x $llvm/$tool ]; then
    echo "skip: $llvm/$tool is not installed"
    exit 77
  fi
done
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
grep -o 'RUN: .*' "$file" | sed 's/^RUN: //; s/ \*\/$//' >"$scratch/commands"
if [ ! -s "$scratch/commands" ]; then
  echo "$file: no RUN line"
  exit 1
fi
sed -i -e "s|%lucc|$tools/lucc|g; s|%lu-desc|$tools/lu-desc|g; s|%pass|$tools/lu-pass.so|g" \
  -e "s|%opt|$llvm/opt -load $tools/lu-pass.so -load-pass-plugin=$tools/lu-pass.so|g" \
  -e "s|%FileCheck|$llvm/FileCheck|g; s|%not|$llvm/not|g; s|%llvm|$llvm|g; s|%abi|$abi|g" \
  -e "s|%S|$(dirname "$file")|g; s|%s|$file|g; s|%t|$scratch/t|g" "$scratch/commands"
while IFS= read -r command; do
  echo "+ $command"
  (cd "$scratch" && sh -ec "$command") </dev/null || exit 1
done <"$scratch/commands"
