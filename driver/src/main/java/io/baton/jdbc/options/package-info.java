/**
 * Configuration: the URL and the options that start with {@code baton.}.
 *
 * <p>Start reading at {@link io.baton.jdbc.options.BatonUrl}, the value of a URL and its
 * properties; {@link io.baton.jdbc.options.BatonOption} lists the options.
 */
@NullMarked
package io.baton.jdbc.options;

import org.jspecify.annotations.NullMarked;
