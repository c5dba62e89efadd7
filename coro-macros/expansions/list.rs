//! The cases that compile, each as it is written and as it expands. The test that compares them writes it.

#[path = "main/plain.rs"]
mod main_plain;
#[path = "main/plain.expanded.rs"]
mod main_plain_expanded;

#[path = "main/result.rs"]
mod main_result;
#[path = "main/result.expanded.rs"]
mod main_result_expanded;

#[path = "main/termination.rs"]
mod main_termination;
#[path = "main/termination.expanded.rs"]
mod main_termination_expanded;

#[path = "test/attributes.rs"]
mod test_attributes;
#[path = "test/attributes.expanded.rs"]
mod test_attributes_expanded;

#[path = "test/every-argument.rs"]
mod test_every_argument;
#[path = "test/every-argument.expanded.rs"]
mod test_every_argument_expanded;

#[path = "test/plain.rs"]
mod test_plain;
#[path = "test/plain.expanded.rs"]
mod test_plain_expanded;

#[path = "test/results.rs"]
mod test_results;
#[path = "test/results.expanded.rs"]
mod test_results_expanded;

#[path = "thread/arguments.rs"]
mod thread_arguments;
#[path = "thread/arguments.expanded.rs"]
mod thread_arguments_expanded;

#[path = "thread/associated-functions.rs"]
mod thread_associated_functions;
#[path = "thread/associated-functions.expanded.rs"]
mod thread_associated_functions_expanded;

#[path = "thread/attributes.rs"]
mod thread_attributes;
#[path = "thread/attributes.expanded.rs"]
mod thread_attributes_expanded;

#[path = "thread/averager.rs"]
mod thread_averager;
#[path = "thread/averager.expanded.rs"]
mod thread_averager_expanded;

#[path = "thread/block-generics.rs"]
mod thread_block_generics;
#[path = "thread/block-generics.expanded.rs"]
mod thread_block_generics_expanded;

#[path = "thread/cfg.rs"]
mod thread_cfg;
#[path = "thread/cfg.expanded.rs"]
mod thread_cfg_expanded;

#[path = "thread/const-generics.rs"]
mod thread_const_generics;
#[path = "thread/const-generics.expanded.rs"]
mod thread_const_generics_expanded;

#[path = "thread/dyn-out.rs"]
mod thread_dyn_out;
#[path = "thread/dyn-out.expanded.rs"]
mod thread_dyn_out_expanded;

#[path = "thread/echo.rs"]
mod thread_echo;
#[path = "thread/echo.expanded.rs"]
mod thread_echo_expanded;

#[path = "thread/generics.rs"]
mod thread_generics;
#[path = "thread/generics.expanded.rs"]
mod thread_generics_expanded;

#[path = "thread/impl-trait-in.rs"]
mod thread_impl_trait_in;
#[path = "thread/impl-trait-in.expanded.rs"]
mod thread_impl_trait_in_expanded;

#[path = "thread/impl-trait-out.rs"]
mod thread_impl_trait_out;
#[path = "thread/impl-trait-out.expanded.rs"]
mod thread_impl_trait_out_expanded;

#[path = "thread/lifetimes.rs"]
mod thread_lifetimes;
#[path = "thread/lifetimes.expanded.rs"]
mod thread_lifetimes_expanded;

#[path = "thread/lifetimes-of-calls.rs"]
mod thread_lifetimes_of_calls;
#[path = "thread/lifetimes-of-calls.expanded.rs"]
mod thread_lifetimes_of_calls_expanded;

#[path = "thread/modules.rs"]
mod thread_modules;
#[path = "thread/modules.expanded.rs"]
mod thread_modules_expanded;

#[path = "thread/names.rs"]
mod thread_names;
#[path = "thread/names.expanded.rs"]
mod thread_names_expanded;

#[path = "thread/names-of-lifetimes.rs"]
mod thread_names_of_lifetimes;
#[path = "thread/names-of-lifetimes.expanded.rs"]
mod thread_names_of_lifetimes_expanded;

#[path = "thread/never.rs"]
mod thread_never;
#[path = "thread/never.expanded.rs"]
mod thread_never_expanded;

#[path = "thread/numbers.rs"]
mod thread_numbers;
#[path = "thread/numbers.expanded.rs"]
mod thread_numbers_expanded;

#[path = "thread/one-lifetime.rs"]
mod thread_one_lifetime;
#[path = "thread/one-lifetime.expanded.rs"]
mod thread_one_lifetime_expanded;

#[path = "thread/opaque.rs"]
mod thread_opaque;
#[path = "thread/opaque.expanded.rs"]
mod thread_opaque_expanded;

#[path = "thread/patterns.rs"]
mod thread_patterns;
#[path = "thread/patterns.expanded.rs"]
mod thread_patterns_expanded;

#[path = "thread/plain.rs"]
mod thread_plain;
#[path = "thread/plain.expanded.rs"]
mod thread_plain_expanded;

#[path = "thread/raw-identifiers.rs"]
mod thread_raw_identifiers;
#[path = "thread/raw-identifiers.expanded.rs"]
mod thread_raw_identifiers_expanded;

#[path = "thread/receivers.rs"]
mod thread_receivers;
#[path = "thread/receivers.expanded.rs"]
mod thread_receivers_expanded;

#[path = "thread/recursion.rs"]
mod thread_recursion;
#[path = "thread/recursion.expanded.rs"]
mod thread_recursion_expanded;

#[path = "thread/ref-mut.rs"]
mod thread_ref_mut;
#[path = "thread/ref-mut.expanded.rs"]
mod thread_ref_mut_expanded;

#[path = "thread/resume-patterns.rs"]
mod thread_resume_patterns;
#[path = "thread/resume-patterns.expanded.rs"]
mod thread_resume_patterns_expanded;

#[path = "thread/resume-types.rs"]
mod thread_resume_types;
#[path = "thread/resume-types.expanded.rs"]
mod thread_resume_types_expanded;

#[path = "thread/server.rs"]
mod thread_server;
#[path = "thread/server.expanded.rs"]
mod thread_server_expanded;

#[path = "thread/trait-objects.rs"]
mod thread_trait_objects;
#[path = "thread/trait-objects.expanded.rs"]
mod thread_trait_objects_expanded;

#[path = "thread/traits.rs"]
mod thread_traits;
#[path = "thread/traits.expanded.rs"]
mod thread_traits_expanded;

#[path = "thread/values.rs"]
mod thread_values;
#[path = "thread/values.expanded.rs"]
mod thread_values_expanded;

#[path = "thread/yielders-in-methods.rs"]
mod thread_yielders_in_methods;
#[path = "thread/yielders-in-methods.expanded.rs"]
mod thread_yielders_in_methods_expanded;
