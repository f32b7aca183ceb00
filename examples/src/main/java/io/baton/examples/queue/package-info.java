/** A queue of jobs in a table, whose workers are woken by LISTEN and NOTIFY. */
@NullMarked
package io.baton.examples.queue;

import org.jspecify.annotations.NullMarked;
