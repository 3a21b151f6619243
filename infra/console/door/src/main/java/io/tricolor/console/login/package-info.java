/** How one gets in: a one-time code, or an identity provider. */
@NullMarked
package io.tricolor.console.login;

import org.jspecify.annotations.NullMarked;
