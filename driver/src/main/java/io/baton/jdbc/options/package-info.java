/**
 * What an application can say to Baton: the URL and the options that start with {@code baton.}.
 *
 * <p>Start reading at {@link io.baton.jdbc.options.BatonUrl}, the value that a URL and its
 * properties become; {@link io.baton.jdbc.options.BatonOption} lists the options.
 */
@NullMarked
package io.baton.jdbc.options;

import org.jspecify.annotations.NullMarked;
