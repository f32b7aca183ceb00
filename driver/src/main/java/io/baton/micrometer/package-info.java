/** Baton's meters for Micrometer, which is optional: start at {@link BatonMetrics}. */
@NullMarked
package io.baton.micrometer;

import org.jspecify.annotations.NullMarked;
