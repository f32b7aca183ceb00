/** The optional classes for frameworks, and what becomes of them without these. */
@NullMarked
package io.baton.integration;

import org.jspecify.annotations.NullMarked;
