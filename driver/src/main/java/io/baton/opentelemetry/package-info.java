/** Baton's meters for OpenTelemetry, which is optional: start at {@link BatonTelemetry}. */
@NullMarked
package io.baton.opentelemetry;

import org.jspecify.annotations.NullMarked;
