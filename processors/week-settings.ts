/** Settings of the statements that compute one week. */
export const WEEK_SETTINGS = {
  // Partitions are months and a week never splits over them: FINAL need not merge across partitions.
  do_not_merge_across_partitions_select_final: 1,
  // Compiling the expressions takes longer than one week's rows do.
  compile_expressions: 0,
  compile_aggregate_expressions: 0,
}
