/** The queue loses its server. */
@NullMarked
package io.baton.examples.queue;

import org.jspecify.annotations.NullMarked;
