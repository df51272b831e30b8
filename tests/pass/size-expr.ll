; SPDX-License-Identifier: MIT
;
; Sizes against a structure of 24 bytes: constants, products, shifts, sums,
; differences, alignment masks, casts, a local variable that is assigned once or twice.
;
; RUN: %opt -passes=lu-start -S %s | grep '^@__lu_cell\|^!.*"malloc"' | %FileCheck %s
;
; CHECK-DAG: @__lu_cell.exact.0 {{.*}} !lu.site [[EXACT:![0-9]+]]
; CHECK-DAG: @__lu_cell.multiple.0 {{.*}} !lu.site [[MULTIPLE:![0-9]+]]
; CHECK-DAG: @__lu_cell.product.0 {{.*}} !lu.site [[PRODUCT:![0-9]+]]
; CHECK-DAG: @__lu_cell.shifted.0 {{.*}} !lu.site [[SHIFTED:![0-9]+]]
; CHECK-DAG: @__lu_cell.plus_one.0 {{.*}} !lu.site [[PLUS:![0-9]+]]
; CHECK-DAG: @__lu_cell.tail.0 {{.*}} !lu.site [[TAIL:![0-9]+]]
; CHECK-DAG: @__lu_cell.aligned.0 {{.*}} !lu.site [[ALIGNED:![0-9]+]]
; CHECK-DAG: @__lu_cell.aligned32.0 {{.*}} !lu.site [[ALIGNED32:![0-9]+]]
; CHECK-DAG: @__lu_cell.masked.0 {{.*}} !lu.site [[MASKED:![0-9]+]]
; CHECK-DAG: @__lu_cell.minus.0 {{.*}} !lu.site [[MINUS:![0-9]+]]
; CHECK-DAG: @__lu_cell.once.0 {{.*}} !lu.site [[ONCE:![0-9]+]]
; CHECK-DAG: @__lu_cell.twice.0 {{.*}} !lu.site [[TWICE:![0-9]+]]
; CHECK-DAG: @__lu_cell.less.0 {{.*}} !lu.site [[LESS:![0-9]+]]
; CHECK-DAG: @__lu_cell.unknown.0 {{.*}} !lu.site [[UNKNOWN:![0-9]+]]
; CHECK-DAG: [[EXACT]] = !{!"exact", !"malloc", [[T:![0-9]+]], i32 0,
; CHECK-DAG: [[MULTIPLE]] = !{!"multiple", !"malloc", [[T]], i32 4096,
; CHECK-DAG: [[PRODUCT]] = !{!"product", !"malloc", [[T]], i32 4096,
; CHECK-DAG: [[SHIFTED]] = !{!"shifted", !"malloc", [[T]], i32 4096,
; CHECK-DAG: [[PLUS]] = !{!"plus_one", !"malloc", [[T]], i32 4096,
; CHECK-DAG: [[TAIL]] = !{!"tail", !"malloc", [[T]], i32 2048,
; CHECK-DAG: [[ALIGNED]] = !{!"aligned", !"malloc", [[T]], i32 2048,
; CHECK-DAG: [[ALIGNED32]] = !{!"aligned32", !"malloc", [[T]], i32 2048,
; CHECK-DAG: [[MASKED]] = !{!"masked", !"malloc", null,
; CHECK-DAG: [[MINUS]] = !{!"minus", !"malloc", null,
; CHECK-DAG: [[ONCE]] = !{!"once", !"malloc", [[T]], i32 0,
; CHECK-DAG: [[TWICE]] = !{!"twice", !"malloc", null,
; CHECK-DAG: [[LESS]] = !{!"less", !"malloc", null,
; CHECK-DAG: [[UNKNOWN]] = !{!"unknown", !"malloc", null,
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"

declare ptr @malloc(i64)

define ptr @exact(i64 %n) !dbg !20 {
  %p = call ptr @malloc(i64 24)
  ret ptr %p
}

define ptr @multiple(i64 %n) !dbg !21 {
  %p = call ptr @malloc(i64 72)
  ret ptr %p
}

define ptr @product(i32 %n) !dbg !22 {
  %w = sext i32 %n to i64
  %s = mul i64 %w, 48
  %p = call ptr @malloc(i64 %s)
  ret ptr %p
}

define ptr @shifted(i64 %n) !dbg !23 {
  %m = mul i64 %n, 3
  %s = shl i64 %m, 3
  %p = call ptr @malloc(i64 %s)
  ret ptr %p
}

define ptr @plus_one(i64 %n) !dbg !24 {
  %m = add i64 %n, 1
  %s = mul i64 24, %m
  %p = call ptr @malloc(i64 %s)
  ret ptr %p
}

define ptr @tail(i64 %n) !dbg !25 {
  %s = add i64 %n, 24
  %p = call ptr @malloc(i64 %s)
  ret ptr %p
}

define ptr @aligned(i64 %n) !dbg !26 {
  %a = add i64 %n, 31
  %s = and i64 %a, -8
  %p = call ptr @malloc(i64 %s)
  ret ptr %p
}

define ptr @aligned32(i64 %n) !dbg !31 {
  %h = add i64 %n, 32
  %a = sub i64 %h, 1
  %s = and i64 %a, 4294967288
  %p = call ptr @malloc(i64 %s)
  ret ptr %p
}

define ptr @masked(i64 %n) !dbg !32 {
  %a = add i64 %n, 31
  %s = and i64 %a, 248
  %p = call ptr @malloc(i64 %s)
  ret ptr %p
}

define ptr @minus(i64 %n) !dbg !33 {
  %s = sub i64 24, %n
  %p = call ptr @malloc(i64 %s)
  ret ptr %p
}

define ptr @once(i64 %n) !dbg !27 {
  %v = alloca i64
  store i64 24, ptr %v
  %s = load i64, ptr %v
  %p = call ptr @malloc(i64 %s)
  ret ptr %p
}

define ptr @twice(i64 %n) !dbg !28 {
  %v = alloca i64
  store i64 24, ptr %v
  store i64 %n, ptr %v
  %s = load i64, ptr %v
  %p = call ptr @malloc(i64 %s)
  ret ptr %p
}

define ptr @less(i64 %n) !dbg !29 {
  %p = call ptr @malloc(i64 16)
  ret ptr %p
}

define ptr @unknown(i64 %n) !dbg !30 {
  %s = udiv i64 %n, 24
  %p = call ptr @malloc(i64 %s)
  ret ptr %p
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!3}
!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, emissionKind: FullDebug)
!1 = !DIFile(filename: "f.c", directory: "/")
!3 = !{i32 2, !"Debug Info Version", i32 3}
!6 = !DISubroutineType(types: !7)
!7 = !{!8, !10}
!8 = !DIDerivedType(tag: DW_TAG_pointer_type, baseType: !9, size: 64)
!9 = !DICompositeType(tag: DW_TAG_structure_type, name: "s", file: !1, line: 1, size: 192, elements: !11)
!10 = !DIBasicType(name: "unsigned long", size: 64, encoding: DW_ATE_unsigned)
!11 = !{}
!20 = distinct !DISubprogram(name: "exact", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!21 = distinct !DISubprogram(name: "multiple", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!22 = distinct !DISubprogram(name: "product", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!23 = distinct !DISubprogram(name: "shifted", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!24 = distinct !DISubprogram(name: "plus_one", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!25 = distinct !DISubprogram(name: "tail", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!26 = distinct !DISubprogram(name: "aligned", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!27 = distinct !DISubprogram(name: "once", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!28 = distinct !DISubprogram(name: "twice", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!29 = distinct !DISubprogram(name: "less", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!30 = distinct !DISubprogram(name: "unknown", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!31 = distinct !DISubprogram(name: "aligned32", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!32 = distinct !DISubprogram(name: "masked", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!33 = distinct !DISubprogram(name: "minus", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
