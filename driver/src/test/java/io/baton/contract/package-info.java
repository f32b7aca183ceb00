/**
 * The contract with the application as one page of tests: what a call ends with when it cannot be
 * recovered, and how the connection behaves afterwards. Everything is done through JDBC on real
 * servers; no class of the driver but its public ones is known here.
 */
@NullMarked
package io.baton.contract;

import org.jspecify.annotations.NullMarked;
