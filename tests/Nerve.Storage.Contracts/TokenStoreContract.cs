using Nerve.Server.Shared;

namespace Nerve.Storage.Contracts;

public abstract class TokenStoreContract : StoreContract
{
    [Fact]
    public async Task Add_EveryField_ComesBackAsItWas()
    {
        var api = Build.ApiToken() with { ExpiresAt = Build.Now.AddDays(30), RevokedAt = Build.Now };
        var enrol = Build.EnrolToken(maxUses: 5) with { ExpiresAt = Build.Now.AddDays(1), RevokedAt = Build.Now, Uses = 3 };
        await Stores.Tokens.AddAsync(api, Cancel);
        await Stores.Tokens.AddAsync(enrol, Cancel);

        Assert.Equal(api, await Stores.Tokens.FindApiTokenAsync(api.SecretHash, Cancel));
        Assert.Equal(enrol, await Stores.Tokens.FindEnrolTokenAsync(enrol.SecretHash, Cancel));
        Assert.Null(await Stores.Tokens.FindApiTokenAsync(enrol.SecretHash, Cancel));
        Assert.Null(await Stores.Tokens.FindEnrolTokenAsync(api.SecretHash, Cancel));
    }

    [Fact]
    public async Task Add_TheSameSecret_IsAUniqueConflict()
    {
        var (api, enrol) = (Build.ApiToken(), Build.EnrolToken());
        await Stores.Tokens.AddAsync(api, Cancel);
        await Stores.Tokens.AddAsync(enrol, Cancel);

        await Assert.ThrowsAsync<UniqueConflictException>(() => Stores.Tokens.AddAsync(api with { Id = Build.Id() }, Cancel));
        await Assert.ThrowsAsync<UniqueConflictException>(() => Stores.Tokens.AddAsync(enrol with { Id = Build.Id() }, Cancel));
    }

    [Fact]
    public async Task List_ByPage_NewestFirst_EachOnce()
    {
        var ids = Build.Ids(53);
        await Contention.RunAsync(async caller =>
        {
            foreach (var id in ids.Where((_, i) => i % Contention.Callers == caller))
            {
                await Stores.Tokens.AddAsync(Build.ApiToken(id), Cancel);
                await Stores.Tokens.AddAsync(Build.EnrolToken(id: id), Cancel);
            }
        });

        Guid[] newest = [.. ids.Reverse()];
        foreach (var from in (int[])[0, 20, 40, 53])
        {
            Guid? before = from == 0 ? null : newest[from - 1];
            var (api, total) = await Stores.Tokens.ListApiTokensAsync(before, 20, Cancel);
            var (enrol, totalToEnrol) = await Stores.Tokens.ListEnrolTokensAsync(before, 20, Cancel);

            Assert.Equal(newest.Skip(from).Take(20), api.Select(token => token.Id));
            Assert.Equal(newest.Skip(from).Take(20), enrol.Select(token => token.Id));
            Assert.Equal((53, 53), (total, totalToEnrol));
        }
    }

    [Fact]
    public async Task UseEnrolToken_ManyAtOnce_ExactlyAsManyWinAsItAllows()
    {
        var token = Build.EnrolToken(maxUses: 5);
        await Stores.Tokens.AddAsync(token, Cancel);

        var won = await Contention.RunAsync(_ => Stores.Tokens.UseEnrolTokenAsync(token.Id, Build.Now, Cancel));

        Assert.Equal(5, won.Count(use => use));
        Assert.Equal(5, (await Stores.Tokens.FindEnrolTokenAsync(token.SecretHash, Cancel))!.Uses);
    }

    [Fact]
    public async Task UseEnrolToken_WithoutALimitByManyAtOnce_CountsEachUse()
    {
        var token = Build.EnrolToken();
        await Stores.Tokens.AddAsync(token, Cancel);

        var won = await Contention.RunAsync(_ => Stores.Tokens.UseEnrolTokenAsync(token.Id, Build.Now, Cancel));

        Assert.All(won, Assert.True);
        Assert.Equal(Contention.Callers, (await Stores.Tokens.FindEnrolTokenAsync(token.SecretHash, Cancel))!.Uses);
    }

    [Fact]
    public async Task UseEnrolToken_ExpiredRevokedOrGone_IsRefused()
    {
        var expired = Build.EnrolToken() with { ExpiresAt = Build.Now };
        var valid = Build.EnrolToken() with { ExpiresAt = Build.Now.AddMilliseconds(1) };
        var revoked = Build.EnrolToken() with { RevokedAt = Build.Now.AddDays(-1) };
        foreach (var token in new[] { expired, valid, revoked })
        {
            await Stores.Tokens.AddAsync(token, Cancel);
        }

        Assert.False(await Stores.Tokens.UseEnrolTokenAsync(expired.Id, Build.Now, Cancel));
        Assert.True(await Stores.Tokens.UseEnrolTokenAsync(valid.Id, Build.Now, Cancel));
        Assert.False(await Stores.Tokens.UseEnrolTokenAsync(revoked.Id, Build.Now, Cancel));
        Assert.False(await Stores.Tokens.UseEnrolTokenAsync(Build.Id(), Build.Now, Cancel));
        Assert.Equal(0, (await Stores.Tokens.FindEnrolTokenAsync(expired.SecretHash, Cancel))!.Uses);
    }

    [Fact]
    public async Task GiveBackEnrolTokenUse_ManyAtOnce_LeavesAsManyUsesToOthers()
    {
        var token = Build.EnrolToken(maxUses: Contention.Callers) with { Uses = Contention.Callers };
        var other = Build.EnrolToken(maxUses: 2) with { Uses = 1 };
        await Stores.Tokens.AddAsync(token, Cancel);
        await Stores.Tokens.AddAsync(other, Cancel);
        Assert.False(await Stores.Tokens.UseEnrolTokenAsync(token.Id, Build.Now, Cancel));

        await Contention.RunAsync(_ => Stores.Tokens.GiveBackEnrolTokenUseAsync(token.Id, Cancel));

        Assert.Equal(0, (await Stores.Tokens.FindEnrolTokenAsync(token.SecretHash, Cancel))!.Uses);
        Assert.Equal(1, (await Stores.Tokens.FindEnrolTokenAsync(other.SecretHash, Cancel))!.Uses);
        Assert.True(await Stores.Tokens.UseEnrolTokenAsync(token.Id, Build.Now, Cancel));
    }

    [Fact]
    public async Task GiveBackEnrolTokenUse_OfNone_LeavesNone()
    {
        var token = Build.EnrolToken(maxUses: 1) with { RevokedAt = Build.Now, Uses = 1 };
        await Stores.Tokens.AddAsync(token, Cancel);

        await Stores.Tokens.GiveBackEnrolTokenUseAsync(token.Id, Cancel);
        await Stores.Tokens.GiveBackEnrolTokenUseAsync(token.Id, Cancel);
        await Stores.Tokens.GiveBackEnrolTokenUseAsync(Build.Id(), Cancel);

        Assert.Equal(token with { Uses = 0 }, await Stores.Tokens.FindEnrolTokenAsync(token.SecretHash, Cancel));
    }

    [Fact]
    public async Task Revoke_Twice_TheFirstMomentStays()
    {
        var (api, enrol) = (Build.ApiToken(), Build.EnrolToken());
        await Stores.Tokens.AddAsync(api, Cancel);
        await Stores.Tokens.AddAsync(enrol, Cancel);

        foreach (var hour in new[] { 1, 2 })
        {
            Assert.True(await Stores.Tokens.RevokeApiTokenAsync(api.Id, Build.Now.AddHours(hour), Cancel));
            Assert.True(await Stores.Tokens.RevokeEnrolTokenAsync(enrol.Id, Build.Now.AddHours(hour), Cancel));
        }

        Assert.Equal(Build.Now.AddHours(1), (await Stores.Tokens.FindApiTokenAsync(api.SecretHash, Cancel))!.RevokedAt);
        Assert.Equal(Build.Now.AddHours(1), (await Stores.Tokens.FindEnrolTokenAsync(enrol.SecretHash, Cancel))!.RevokedAt);
        Assert.False(await Stores.Tokens.RevokeApiTokenAsync(Build.Id(), Build.Now, Cancel));
        Assert.False(await Stores.Tokens.RevokeEnrolTokenAsync(Build.Id(), Build.Now, Cancel));
    }
}
