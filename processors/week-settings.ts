/** Settings of the statements that compute one week. */
export const WEEK_SETTINGS = {
  // Partitions are months and a week never splits over them: FINAL need not merge across partitions.
  do_not_merge_across_partitions_select_final: 1,
  // Compiling the expressions takes longer than one week's rows do.
  compile_expressions: 0,
  compile_aggregate_expressions: 0,
  // Else the last step's expressions wait for the sort, and run on one core behind it (0.7 s of 20,000 students).
  query_plan_execute_functions_after_sorting: 0,
  // Else what a branch of an `if` needs is computed anew at each of its uses (0.9 s). No branch of ours can fail.
  short_circuit_function_evaluation: 'disable' as const,
}
