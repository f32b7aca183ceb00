/**
 * The demo: transfers go on through a pool while their primary is crashed and switched over, and
 * the database itself says at the end whether anything was lost or done twice.
 *
 * <p>{@link io.baton.examples.demo.Demo} is the program. {@link io.baton.examples.demo.Worker} is
 * what an application has to do, {@link io.baton.examples.demo.Verdict} how it is judged.
 */
@NullMarked
package io.baton.examples.demo;

import org.jspecify.annotations.NullMarked;
