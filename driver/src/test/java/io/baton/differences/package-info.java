/**
 * Makes the same calls on pgjdbc and on Baton, on one server, and compares what comes of them, down
 * to the class, the SQLState and the text of an exception. What is left of differences is a table
 * with reasons, {@code docs/reference/differences.md}, which these tests hold to the truth. Start
 * reading at {@link io.baton.differences.DifferencesTest}.
 */
@NullMarked
package io.baton.differences;

import org.jspecify.annotations.NullMarked;
