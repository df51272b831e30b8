; SPDX-License-Identifier: MIT
;
; What becomes of allocation calls, seen right after the rewriting: the typed
; entry points with a cell of the site's own; wrappers with __lu_site around
; them, stores volatile, no tail call; free is left alone.  What is returned
; without a type belongs to the outermost caller's site, what stays inside does not.
;
; RUN: %opt -lu-alloc-wrapper=wrap:0 -passes=lu-start -S %s | %FileCheck %s
;
; CHECK-DAG: @__lu_cell.f.0 = internal global { i64 } zeroinitializer, section ".lu.cells", align 8, !lu.site [[S0:![0-9]+]]
; CHECK-DAG: @__lu_cell.f.1 = internal global { i64 }
; CHECK-DAG: @__lu_cell.f.4 = internal global { i64 }
; CHECK-DAG: @__lu_site = external global ptr
; CHECK-LABEL: define ptr @f(
; CHECK: call noalias ptr @lu_heap_alloc(i64 16, ptr @__lu_cell.f.0)
; CHECK: call noalias ptr @lu_heap_calloc(i64 %n, i64 16, ptr @__lu_cell.f.1)
; CHECK: call ptr @lu_heap_realloc(ptr %b, i64 32, ptr @__lu_cell.f.2)
; CHECK: call noalias ptr @lu_heap_aligned_alloc(i64 64, i64 16, ptr @__lu_cell.f.3)
; CHECK: call void @free(ptr %d)
; CHECK: [[OLD:%.*]] = load ptr, ptr @__lu_site
; CHECK-NEXT: store volatile ptr @__lu_cell.f.4, ptr @__lu_site
; CHECK-NEXT: %e = notail call ptr @wrap(i64 16)
; CHECK-NEXT: store volatile ptr [[OLD]], ptr @__lu_site
; CHECK-NEXT: ret ptr %e
; CHECK-LABEL: define ptr @hands_on(
; CHECK: call noalias ptr @lu_heap_alloc(i64 16, ptr @__lu_cell.hands_on.0)
; CHECK: [[OLD2:%.*]] = load ptr, ptr @__lu_site
; CHECK-NEXT: [[FIRST2:%.*]] = icmp eq ptr [[OLD2]], null
; CHECK-NEXT: [[NEW2:%.*]] = select i1 [[FIRST2]], ptr @__lu_cell.hands_on.1, ptr [[OLD2]]
; CHECK-NEXT: %outer = call noalias ptr @lu_heap_alloc(i64 16, ptr [[NEW2]])
; CHECK-LABEL: define ptr @hands_on_too(
; CHECK: [[OLD:%.*]] = load ptr, ptr @__lu_site
; CHECK-NEXT: [[FIRST:%.*]] = icmp eq ptr [[OLD]], null
; CHECK-NEXT: [[NEW:%.*]] = select i1 [[FIRST]], ptr @__lu_cell.hands_on_too.0, ptr [[OLD]]
; CHECK-NEXT: store volatile ptr [[NEW]], ptr @__lu_site
; CHECK-NEXT: %e = notail call ptr @wrap(i64 16)
; CHECK-NEXT: store volatile ptr [[OLD]], ptr @__lu_site
; CHECK-NEXT: ret ptr %e
; CHECK-LABEL: define ptr @own_malloc
; CHECK: call ptr @lookalike(i64 3)
; CHECK-DAG: [[S0]] = !{!"f", !"malloc", [[T:![0-9]+]], i32 0, i32 0, i32 2, null, i32 0, i32 0, i32 0, !"f.c", !""}
; CHECK-DAG: [[T]] = !DICompositeType(tag: DW_TAG_structure_type, name: "s"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"

declare ptr @malloc(i64)
declare ptr @calloc(i64, i64)
declare ptr @realloc(ptr, i64)
declare ptr @aligned_alloc(i64, i64)
declare ptr @wrap(i64)
declare ptr @lookalike(i64)
declare void @free(ptr)

define ptr @f(i64 %n) !dbg !5 {
  %a = call ptr @malloc(i64 16), !dbg !12
  store ptr %a, ptr @keep
  %b = call ptr @calloc(i64 %n, i64 16), !dbg !12
  %c = call ptr @realloc(ptr %b, i64 32), !dbg !12
  %d = call ptr @aligned_alloc(i64 64, i64 16), !dbg !12
  call void @free(ptr %d)
  %e = tail call ptr @wrap(i64 16), !dbg !12
  ret ptr %e, !dbg !12
}

define ptr @hands_on(i64 %n) !dbg !20 {
  %inner = call ptr @malloc(i64 16)
  store ptr %inner, ptr @keep
  %outer = call ptr @malloc(i64 16)
  %behind = getelementptr i8, ptr %outer, i64 8
  ret ptr %behind
}

define ptr @hands_on_too(i64 %n) !dbg !21 {
  %e = tail call ptr @wrap(i64 16)
  ret ptr %e
}

define ptr @own_malloc() !dbg !11 {
  %p = call ptr @lookalike(i64 3), !dbg !13
  ret ptr %p, !dbg !13
}

@keep = global ptr null, !dbg !14

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!3}
!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, emissionKind: FullDebug, globals: !2)
!1 = !DIFile(filename: "f.c", directory: "/")
!2 = !{!14}
!3 = !{i32 2, !"Debug Info Version", i32 3}
!5 = distinct !DISubprogram(name: "f", scope: !1, file: !1, line: 1, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!6 = !DISubroutineType(types: !7)
!7 = !{!8, !10}
!8 = !DIDerivedType(tag: DW_TAG_pointer_type, baseType: !9, size: 64)
!9 = !DICompositeType(tag: DW_TAG_structure_type, name: "s", file: !1, line: 1, size: 128, elements: !16)
!10 = !DIBasicType(name: "unsigned long", size: 64, encoding: DW_ATE_unsigned)
!11 = distinct !DISubprogram(name: "own_malloc", scope: !1, file: !1, line: 4, type: !6, unit: !0, spFlags: DISPFlagDefinition)
!12 = !DILocation(line: 2, scope: !5)
!13 = !DILocation(line: 5, scope: !11)
!14 = !DIGlobalVariableExpression(var: !15, expr: !DIExpression())
!15 = distinct !DIGlobalVariable(name: "keep", scope: !0, file: !1, line: 1, type: !8, isLocal: false, isDefinition: true)
!16 = !{}
!17 = !DIDerivedType(tag: DW_TAG_pointer_type, baseType: null, size: 64)
!18 = !{!17, !10}
!19 = !DISubroutineType(types: !18)
!20 = distinct !DISubprogram(name: "hands_on", scope: !1, file: !1, line: 7, type: !19, unit: !0, spFlags: DISPFlagDefinition)
!21 = distinct !DISubprogram(name: "hands_on_too", scope: !1, file: !1, line: 8, type: !19, unit: !0, spFlags: DISPFlagDefinition)
