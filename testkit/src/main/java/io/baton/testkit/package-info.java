/**
 * Real PostgreSQL clusters for tests and demos, with faults. Start reading at {@link
 * io.baton.testkit.PostgresCluster}; tests with JUnit get one from {@link
 * io.baton.testkit.junit.PostgresTest}, and faults of the network are in {@link
 * io.baton.testkit.proxy.FaultProxy}.
 */
@NullMarked
package io.baton.testkit;

import org.jspecify.annotations.NullMarked;
