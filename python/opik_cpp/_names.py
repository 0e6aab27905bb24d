"""What the official SDK has and this package does not: to name it raises UnsupportedError instead of "no attribute"."""

NOT_OF_THE_PACKAGE = frozenset(
    """ChatPrompt Config Dataset ExperimentItemContent ExperimentItemReferences Prompt PromptType SimulatedUser TestSuite TestSuiteResult
    ThreadsAnnotationQueue TracesAnnotationQueue agent_config_context evaluate evaluate_experiment evaluate_on_dict_items evaluate_prompt
    evaluation integrations llm_unit opik_optimizer plugins rest_api run_simulation run_tests runner simulation guardrails""".split()
)

NOT_OF_THE_CLIENT = frozenset(
    """copy_traces create_chat_prompt create_config create_dataset create_experiment create_optimization create_prompt create_test_suite
    create_threads_annotation_queue create_traces_annotation_queue delete_annotation_queue delete_dataset delete_optimizations delete_test_suite
    get_all_prompts get_chat_prompt get_chat_prompt_history get_dataset get_dataset_experiments get_datasets get_experiment_by_id
    get_experiment_by_name get_experiments_by_name get_experiments_client get_optimization_by_id get_or_create_config get_or_create_dataset
    get_or_create_test_suite get_prompt get_prompt_history get_prompts_client get_test_suite get_test_suite_experiments get_test_suites
    get_threads_annotation_queue get_threads_annotation_queues get_traces_annotation_queue get_traces_annotation_queues rest_client search_prompts
    set_config_env update_experiment""".split()
)
