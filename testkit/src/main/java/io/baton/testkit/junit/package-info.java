/**
 * Clusters for JUnit Jupiter: annotate a class with {@link io.baton.testkit.junit.PostgresTest} and
 * take a {@link io.baton.testkit.PostgresCluster} as a parameter.
 */
@NullMarked
package io.baton.testkit.junit;

import org.jspecify.annotations.NullMarked;
