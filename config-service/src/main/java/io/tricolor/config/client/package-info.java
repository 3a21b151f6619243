/** What Spring Cloud Config clients read. */
@NullMarked
package io.tricolor.config.client;

import org.jspecify.annotations.NullMarked;
